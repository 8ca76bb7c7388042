// A file system layer for SQLite that fails when it is told to; otherwise it is the operating system's.
#pragma once

#include <string>

namespace sluice::test {

/// What the layer counts and lets fail.
enum class Fault {
  write, ///< Nothing is written.
  torn_write, ///< Half of it is.
  full, ///< The disk has no room.
  sync,
  read,
};

/// There is one for the whole program, so one test uses it at a time. Safe to use from any thread.
class FaultyDisk {
public:
  FaultyDisk();
  ~FaultyDisk();

  /// SQLite's name for it.
  std::string name() const { return "faulty"; }
  /// The `number`-th operation from now on that `fault` concerns fails, once.
  void fail(Fault fault, int number);
  /// Nothing fails from now on.
  void heal();
  /// Whether the operation that was to fail did.
  bool has_failed() const;
  /// While set every write finds no room.
  void set_full(bool full);
};

} // namespace sluice::test
