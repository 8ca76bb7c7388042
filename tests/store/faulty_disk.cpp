#include "tests/store/faulty_disk.hpp"

#include <atomic>
#include <cstring>

#include <sqlite3.h>

namespace sluice::test {

namespace {

std::atomic<Fault> awaited{Fault::write};
std::atomic<int> countdown{0};
std::atomic<bool> failed{false};
std::atomic<bool> full{false};

// True for the operation that is to fail.
bool strikes(Fault fault) {
  if (fault != awaited || countdown <= 0 || --countdown != 0)
    return false;
  failed = true;
  return true;
}

struct File {
  sqlite3_file base;
  sqlite3_file* real;
};

sqlite3_file* real(sqlite3_file* file) { return reinterpret_cast<File*>(file)->real; }

sqlite3_vfs* system_disk() { return sqlite3_vfs_find("unix"); }

int close_file(sqlite3_file* file) { return real(file)->pMethods->xClose(real(file)); }

int read(sqlite3_file* file, void* bytes, int size, sqlite3_int64 at) {
  if (strikes(Fault::read))
    return SQLITE_IOERR_READ;
  return real(file)->pMethods->xRead(real(file), bytes, size, at);
}

int write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 at) {
  if (full || strikes(Fault::full))
    return SQLITE_FULL;
  if (strikes(Fault::write))
    return SQLITE_IOERR_WRITE;
  if (strikes(Fault::torn_write)) {
    real(file)->pMethods->xWrite(real(file), bytes, size / 2, at);
    return SQLITE_IOERR_WRITE;
  }
  return real(file)->pMethods->xWrite(real(file), bytes, size, at);
}

int truncate(sqlite3_file* file, sqlite3_int64 size) { return real(file)->pMethods->xTruncate(real(file), size); }

// Nothing is really synced: no test here loses power, and it would take most of their time.
int sync(sqlite3_file*, int) { return strikes(Fault::sync) ? SQLITE_IOERR_FSYNC : SQLITE_OK; }

int size_of(sqlite3_file* file, sqlite3_int64* size) { return real(file)->pMethods->xFileSize(real(file), size); }

int lock(sqlite3_file* file, int level) { return real(file)->pMethods->xLock(real(file), level); }

int unlock(sqlite3_file* file, int level) { return real(file)->pMethods->xUnlock(real(file), level); }

int check_lock(sqlite3_file* file, int* held) { return real(file)->pMethods->xCheckReservedLock(real(file), held); }

int control(sqlite3_file* file, int operation, void* argument) {
  return real(file)->pMethods->xFileControl(real(file), operation, argument);
}

int sector_size(sqlite3_file* file) { return real(file)->pMethods->xSectorSize(real(file)); }

int characteristics(sqlite3_file* file) { return real(file)->pMethods->xDeviceCharacteristics(real(file)); }

int map_shared(sqlite3_file* file, int page, int size, int extend, void volatile** memory) {
  return real(file)->pMethods->xShmMap(real(file), page, size, extend, memory);
}

int lock_shared(sqlite3_file* file, int offset, int count, int flags) {
  return real(file)->pMethods->xShmLock(real(file), offset, count, flags);
}

void order_shared(sqlite3_file* file) { real(file)->pMethods->xShmBarrier(real(file)); }

int unmap_shared(sqlite3_file* file, int remove) { return real(file)->pMethods->xShmUnmap(real(file), remove); }

const sqlite3_io_methods methods = {
    2,          close_file, read,        write,           truncate,   sync,        size_of,      lock,         unlock,
    check_lock, control,    sector_size, characteristics, map_shared, lock_shared, order_shared, unmap_shared, nullptr,
    nullptr,
};

int open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  auto own = reinterpret_cast<File*>(file);
  own->real = reinterpret_cast<sqlite3_file*>(own + 1);
  own->base.pMethods = nullptr;
  auto code = system_disk()->xOpen(system_disk(), name, own->real, flags, out_flags);
  if (code == SQLITE_OK)
    own->base.pMethods = &methods;
  return code;
}

sqlite3_vfs& faulty_disk() {
  static sqlite3_vfs disk;
  return disk;
}

} // namespace

FaultyDisk::FaultyDisk() {
  auto& disk = faulty_disk();
  disk = *system_disk();
  disk.zName = "faulty";
  disk.szOsFile = static_cast<int>(sizeof(File)) + system_disk()->szOsFile;
  disk.xOpen = open;
  sqlite3_vfs_register(&disk, 0);
  heal();
  set_full(false);
}

FaultyDisk::~FaultyDisk() { sqlite3_vfs_unregister(&faulty_disk()); }

void FaultyDisk::fail(Fault fault, int number) {
  awaited = fault;
  failed = false;
  countdown = number;
}

void FaultyDisk::heal() { countdown = 0; }

bool FaultyDisk::has_failed() const { return failed; }

void FaultyDisk::set_full(bool now) { full = now; }

} // namespace sluice::test
