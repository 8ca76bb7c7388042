#include "actors/store/store_directory.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sluice {

namespace {

Error refused(const std::string& path) { return {ErrorCode::io_error, path + ": " + std::strerror(errno) + '.'}; }

std::string parent_of(const std::string& directory) {
  auto path = std::filesystem::path(directory).lexically_normal();
  auto parent = (path.has_filename() ? path : path.parent_path()).parent_path();
  return parent.empty() ? "." : parent.string();
}

} // namespace

Result<void> make_directory(const std::string& directory) {
  std::error_code error;
  auto parent = parent_of(directory);
  std::filesystem::create_directories(parent, error);
  if (error)
    return Error{ErrorCode::io_error, parent + ": " + error.message() + '.'};
  if (mkdir(directory.c_str(), 0700) == 0)
    return sync_directory(parent);
  struct stat found {};
  if (errno == EEXIST && stat(directory.c_str(), &found) == 0 && !S_ISDIR(found.st_mode))
    errno = ENOTDIR;
  else if (errno == EEXIST)
    return {};
  return refused(directory);
}

Result<void> sync_directory(const std::string& directory) {
  auto file = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0)
    return refused(directory);
  auto done = fsync(file);
  auto result = done == 0 ? Result<void>() : refused(directory);
  close(file);
  return result;
}

Result<DirectoryLock> DirectoryLock::take(const std::string& directory) {
  auto path = StoreFiles(directory).lock;
  DirectoryLock lock(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (lock.file_ < 0)
    return refused(path);
  if (flock(lock.file_, LOCK_EX | LOCK_NB) == 0)
    return Result<DirectoryLock>(std::move(lock));
  if (errno != EWOULDBLOCK)
    return refused(path);
  return Error{ErrorCode::store_unusable, directory + " is in use by another process."};
}

DirectoryLock::DirectoryLock(DirectoryLock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}

DirectoryLock::~DirectoryLock() {
  if (file_ >= 0)
    close(file_);
}

} // namespace sluice
