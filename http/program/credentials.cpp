#include "http/program/credentials.hpp"

#include "actors/core/base58.hpp"
#include "actors/signer.hpp"
#include "http/program/private_file.hpp"
#include "http/program/published.hpp"

namespace sluice::program {

namespace {

constexpr std::string_view token_name = "QSTASH_TOKEN";
constexpr std::string_view read_only_name = "QSTASH_READONLY_TOKEN";
constexpr std::string_view current_name = "QSTASH_CURRENT_SIGNING_KEY";
constexpr std::string_view next_name = "QSTASH_NEXT_SIGNING_KEY";

constexpr std::size_t random_digits = 32; // 187 bits

std::string random_token() { return "slu_" + core::random_base58(random_digits, random_bits); }
std::string random_read_only_token() { return "slu_ro_" + core::random_base58(random_digits, random_bits); }

Error published(std::string_view what) {
  return invalid({}, std::string(what) +
                         " is one of the published development credentials, which everybody knows; `sluice dev` is "
                         "the server that uses them");
}

} // namespace

Result<CredentialFile> CredentialFile::open(const std::string& directory, const std::string& given_token) {
  CredentialFile file(directory + "/credentials.env");
  if (auto read = file.read(given_token); !read)
    return read.error();
  return file;
}

Result<void> CredentialFile::read(const std::string& given_token) {
  auto text = read_private_file(path_);
  if (!text)
    return text.error();
  on_disk_ = *std::move(text);
  is_first_ = !on_disk_;
  assignments_ = Assignments(on_disk_.value_or(""));
  is_token_given_ = !given_token.empty();
  credentials_.token = is_token_given_ ? given_token : take(token_name, random_token);
  credentials_.read_only_token = take(read_only_name, random_read_only_token);
  credentials_.signing_keys.current = take(current_name, random_signing_key);
  credentials_.signing_keys.next = take(next_name, random_signing_key);
  return check();
}

// The value in the file, or a new one that is put there.
std::string CredentialFile::take(std::string_view name, std::string (*make)()) {
  if (auto value = assignments_.find(name); value && !value->empty())
    return *value;
  has_new_ = true;
  auto value = make();
  assignments_.set(name, value);
  return value;
}

Result<void> CredentialFile::check() const {
  if (is_published(credentials_.token))
    return published("the token" + (is_token_given_ ? " that was given" : " in " + path_));
  if (is_published(credentials_.read_only_token))
    return published("the read-only token in " + path_);
  if (is_published(credentials_.signing_keys.current) || is_published(credentials_.signing_keys.next))
    return published("a signing key in " + path_);
  if (credentials_.token == credentials_.read_only_token)
    return invalid({}, "the token and the read-only token are the same, so that everybody with it could write");
  return {};
}

bool CredentialFile::hides_token() const {
  auto kept = assignments_.find(token_name);
  return is_token_given_ && kept && *kept != credentials_.token;
}

Result<void> CredentialFile::keep(const SigningKeys& keys) {
  credentials_.signing_keys = keys;
  if (auto checked = check(); !checked)
    return checked;
  assignments_.set(current_name, keys.current);
  assignments_.set(next_name, keys.next);
  return write(assignments_.text());
}

Result<void> CredentialFile::write(std::string text) {
  if (on_disk_ == text)
    return {};
  // A file that has come meanwhile belongs to somebody else.
  if (auto done = write_private_file(path_, text, on_disk_ ? IfThere::replace : IfThere::fail); !done)
    return done;
  on_disk_ = std::move(text);
  return {};
}

} // namespace sluice::program
