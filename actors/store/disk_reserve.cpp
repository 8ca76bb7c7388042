#include "actors/store/disk_reserve.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "actors/crash_point.hpp"
#include "actors/store/store_directory.hpp"

namespace sluice {

namespace {

constexpr std::uint64_t unknown = std::numeric_limits<std::uint64_t>::max();

bool has_size(const std::string& file, std::uint64_t bytes) {
  struct stat found {};
  // Its blocks count: a file with holes reserves nothing.
  return stat(file.c_str(), &found) == 0 && static_cast<std::uint64_t>(found.st_size) == bytes &&
         static_cast<std::uint64_t>(found.st_blocks) * 512 >= bytes;
}

} // namespace

std::optional<std::uint64_t> free_space_on_disk(const std::string& directory) {
  struct statvfs disk {};
  if (statvfs(directory.c_str(), &disk) != 0)
    return std::nullopt;
  return static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize;
}

DiskReserve::DiskReserve(std::string directory, std::uint64_t bytes, Duration interval, FreeSpace free_space)
    : directory_(std::move(directory)),
      file_(StoreFiles(directory_).reserve),
      bytes_(bytes),
      interval_(interval),
      free_space_(std::move(free_space)) {}

Result<void> DiskReserve::prepare() {
  std::lock_guard lock(mutex_);
  if (has_size(file_, bytes_))
    return {};
  released_ = free_space_(directory_).value_or(unknown) < 2 * bytes_;
  if (released_ || allocate())
    return {};
  return Error{ErrorCode::io_error, file_ + ": " + std::strerror(errno) + '.'};
}

Result<void> DiskReserve::room_for(std::size_t bytes) {
  std::lock_guard lock(mutex_);
  auto now = std::chrono::steady_clock::now();
  if (!asked_at_ || now - *asked_at_ >= interval_) {
    free_ = free_space_(directory_).value_or(unknown);
    asked_at_ = now;
  }
  auto room = free_ + std::min(reusable_, unknown - free_);
  if (!released_ && room >= bytes && room - bytes >= bytes_)
    return {};
  return Error{ErrorCode::insufficient_storage, "the disk is full; nothing was stored"};
}

bool DiskReserve::is_short() {
  std::lock_guard lock(mutex_);
  return free_ < 2 * bytes_;
}

void DiskReserve::set_reusable(std::uint64_t bytes) {
  std::lock_guard lock(mutex_);
  reusable_ = bytes;
}

void DiskReserve::release() {
  std::lock_guard lock(mutex_);
  released_ = true;
  SLUICE_CRASH_POINT("store.reserve.release");
  unlink(file_.c_str());
}

bool DiskReserve::restore() {
  std::lock_guard lock(mutex_);
  if (released_ && free_space_(directory_).value_or(0) >= 2 * bytes_)
    released_ = !allocate();
  return !released_;
}

bool DiskReserve::is_released() {
  std::lock_guard lock(mutex_);
  return released_;
}

bool DiskReserve::allocate() {
  auto file = open(file_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0)
    return false;
  SLUICE_CRASH_POINT("store.reserve.allocate");
  auto failure = bytes_ == 0 ? 0 : posix_fallocate(file, 0, static_cast<off_t>(bytes_));
  close(file);
  if (failure != 0)
    unlink(file_.c_str());
  errno = failure;
  return failure == 0;
}

} // namespace sluice
