# Installed: the public headers, the libraries and the program.
