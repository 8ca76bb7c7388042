#include "http/program/private_file.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sluice::program {

namespace {

constexpr mode_t for_others = S_IRWXG | S_IRWXO;

class File {
public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  ~File() {
    if (descriptor_ >= 0)
      ::close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  explicit operator bool() const { return descriptor_ >= 0; }
  int get() const { return descriptor_; }

private:
  int descriptor_;
};

Error failed(const std::string& path, std::string_view what) {
  return {ErrorCode::io_error, path + ": " + std::string(what) + ": " + std::strerror(errno), {}};
}

Error not_private(const std::string& path, mode_t mode) {
  char octal[16];
  std::snprintf(octal, sizeof octal, "%03o", mode & 0777u);
  return invalid({}, path + " has mode " + octal +
                         ": others may have read the secrets in it. Replace them, or run `chmod 600 " + path +
                         "` if you are sure that nobody has");
}

Result<std::optional<std::string>> read_all(const File& file, const std::string& path) {
  std::string text;
  char buffer[4096];
  for (;;) {
    auto count = ::read(file.get(), buffer, sizeof buffer);
    if (count < 0)
      return failed(path, "cannot be read");
    if (count == 0)
      return std::optional(std::move(text));
    text.append(buffer, static_cast<std::size_t>(count));
  }
}

bool write_all(const File& file, std::string_view text) {
  while (!text.empty()) {
    auto count = ::write(file.get(), text.data(), text.size());
    if (count <= 0)
      return false;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

bool write_temporary(const std::string& path, const std::string& text) {
  File file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR));
  // The mode counts only for a new file, and one of that name may be there since a crash.
  return file && ::fchmod(file.get(), S_IRUSR | S_IWUSR) == 0 && write_all(file, text) && ::fsync(file.get()) == 0;
}

bool put_in_place(const std::string& from, const std::string& to, IfThere if_there) {
  auto flags = if_there == IfThere::fail ? RENAME_NOREPLACE : 0u;
  return ::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), flags) == 0;
}

bool sync_directory_of(const std::string& path) {
  auto directory = std::filesystem::path(path).parent_path();
  File file(::open(directory.empty() ? "." : directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return file && ::fsync(file.get()) == 0;
}

} // namespace

Result<std::optional<std::string>> read_private_file(const std::string& path) {
  File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file && errno == ENOENT)
    return std::optional<std::string>();
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) != 0)
    return failed(path, "cannot be read");
  if ((status.st_mode & for_others) != 0)
    return not_private(path, status.st_mode);
  return read_all(file, path);
}

Result<void> write_private_file(const std::string& path, const std::string& text, IfThere if_there) {
  auto temporary = path + ".new";
  if (write_temporary(temporary, text) && put_in_place(temporary, path, if_there) && sync_directory_of(path))
    return {};
  auto error = failed(path, "cannot be written");
  ::unlink(temporary.c_str());
  return error;
}

Result<void> make_private_directory(const std::string& path) {
  std::error_code ignored; // What is missing shows below.
  if (auto parent = std::filesystem::path(path).parent_path(); !parent.empty())
    std::filesystem::create_directories(parent, ignored);
  if (::mkdir(path.c_str(), S_IRWXU) == 0)
    return sync_directory_of(path) ? Result<void>{} : failed(path, "cannot be made");
  if (errno == EEXIST && std::filesystem::is_directory(path, ignored))
    return {};
  if (errno == EEXIST)
    errno = ENOTDIR;
  return failed(path, "cannot be made");
}

} // namespace sluice::program
