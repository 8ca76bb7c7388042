// The credentials of a data directory: made once, kept in a file that a shell can source.
#pragma once

#include <string>

#include "http/program/assignments.hpp"
#include "sluice/scheduler.hpp"

namespace sluice::program {

struct Credentials {
  std::string token;
  std::string read_only_token;
  SigningKeys signing_keys;
};

/// `DIR/credentials.env`. What it lacks is made at random; it is written by `keep`, so
/// that a start that fails leaves none behind.
class CredentialFile {
public:
  /// Reads the file. `given_token` counts instead of the file's token if it is not empty, and is
  /// never written. Errors: as `read_private_file`; `invalid_argument` for a credential that is
  /// published.
  static Result<CredentialFile> open(const std::string& directory, const std::string& given_token);

  const std::string& path() const noexcept { return path_; }
  /// What is in force.
  const Credentials& credentials() const noexcept { return credentials_; }
  /// True if there was no file.
  bool is_first() const noexcept { return is_first_; }
  /// True if `open` has made something that nobody has seen yet.
  bool has_new() const noexcept { return has_new_; }
  bool is_token_given() const noexcept { return is_token_given_; }
  /// True if the file has a token that does not count because another was given.
  bool hides_token() const;

  /// Makes the file say what is in force, with `keys` as signing keys: the store's, because
  /// they rotate. Errors: `io_error`, `invalid_argument` for published keys.
  Result<void> keep(const SigningKeys& keys);

private:
  explicit CredentialFile(std::string path) : path_(std::move(path)) {}
  Result<void> read(const std::string& given_token);
  Result<void> check() const;
  Result<void> write(std::string text);
  std::string take(std::string_view name, std::string (*make)());

  std::string path_;
  std::optional<std::string> on_disk_;
  bool is_first_ = false;
  bool has_new_ = false;
  bool is_token_given_ = false;
  Assignments assignments_;
  Credentials credentials_;
};

} // namespace sluice::program
