// What the process asks of the operating system before it serves.
#pragma once

namespace sluice::program {

/// Raises the soft limit of open files, often as low as 1024, to the hard one: every connection is a file.
void raise_file_limit();

} // namespace sluice::program
