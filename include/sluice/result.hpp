// What a call answers: a value, or an error that says who is to blame.
#pragma once

#include <string>
#include <utility>
#include <variant>

namespace sluice {

/// Why a call failed. Each code is one HTTP status at the REST front.
enum class ErrorCode {
  invalid_argument, ///< The caller passed a value out of its range; `Error::field` names it. (400)
  not_found, ///< Nothing has this id or name. (404)
  too_large, ///< A body above the limit. (413)
  too_many, ///< One more than a limit of the options allows: queues, schedules, URL groups, endpoints. (412)
  unsupported, ///< A documented feature that this version does not have. (501)
  overloaded, ///< A bounded queue or the store is full; try again later. (503)
  unavailable, ///< The scheduler is stopping, or another process has taken its store over. (503)
  insufficient_storage, ///< The disk is full; nothing was stored. (507)
  store_unusable, ///< The store is locked, corrupt, newer than this program or not a store. (program exit code 5)
  address_in_use, ///< Another process listens on the port. (program exit code 4)
  io_error, ///< The operating system refused a file, socket or certificate.
  internal, ///< A defect of sluice itself. (500)
};

/// An error of a call: `message` is a whole sentence for a person.
struct Error {
  ErrorCode code = ErrorCode::internal;
  std::string message;
  std::string field{}; ///< The argument or header at fault, empty if none.
};

/// A value or an `Error`; members are named as in std::expected.
template <class T>
class [[nodiscard]] Result {
public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  /// Precondition of these four: has_value().
  T& value() & { return std::get<0>(state_); }
  const T& value() const& { return std::get<0>(state_); }
  T value() && { return std::get<0>(std::move(state_)); } ///< By value: safe in a range-for.
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  /// Precondition of these two: !has_value().
  Error& error() & { return std::get<1>(state_); }
  const Error& error() const& { return std::get<1>(state_); }

private:
  std::variant<T, Error> state_;
};

/// Success, or an `Error`.
template <>
class [[nodiscard]] Result<void> {
public:
  Result() = default;
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }
  Error& error() & { return std::get<1>(state_); }
  const Error& error() const& { return std::get<1>(state_); }

private:
  std::variant<std::monostate, Error> state_;
};

/// Shorthand for the most frequent error.
inline Error invalid(std::string field, std::string message) {
  return {ErrorCode::invalid_argument, std::move(message), std::move(field)};
}

/// Shorthand for one more of `what` than there may be.
inline Error too_many(std::string field, std::size_t limit, const std::string& what) {
  return {ErrorCode::too_many, "there may be no more than " + std::to_string(limit) + ' ' + what, std::move(field)};
}

} // namespace sluice
