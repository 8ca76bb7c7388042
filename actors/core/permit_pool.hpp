// Shares the global parallelism between keys, so that none starves.
//
// A permit is the right to one call in flight. While permits are free they are taken at
// once; when they run out, keys wait and are served round robin. Pure; one owner.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_map>

namespace sluice::core {

/// A key actor inside one process; a restarted actor gets a new number.
using KeyNumber = std::uint64_t;

class PermitPool {
public:
  explicit PermitPool(std::size_t capacity) : capacity_(capacity), free_(capacity) {}

  struct Grant {
    KeyNumber key;
    std::size_t permits;
  };

  /// Takes one permit; false if none is free or other keys wait for one.
  bool try_take();
  /// `key` could use `permits` more; replaces what it wanted before.
  void on_wanted(KeyNumber key, std::size_t permits);
  /// Permits come back.
  void on_released(std::size_t permits);
  /// `key` is gone and wants nothing any more.
  void forget(KeyNumber key) { on_wanted(key, 0); }
  /// Hands permits to the key whose turn it is; empty when none is free or wanted.
  std::optional<Grant> poll_grant();

  /// True if `try_take` would take one.
  bool has_free() const noexcept { return free_ > 0 && wanting_ == 0; }
  std::size_t capacity() const noexcept { return capacity_; }
  std::size_t taken() const noexcept { return capacity_ - free_; }

private:
  std::size_t capacity_;
  std::size_t free_;
  std::deque<KeyNumber> turns_;
  std::unordered_map<KeyNumber, std::size_t> wanted_; ///< What each key in `turns_` wants; may be 0 by now.
  std::size_t wanting_ = 0; ///< How many of them want more than 0.
};

} // namespace sluice::core
