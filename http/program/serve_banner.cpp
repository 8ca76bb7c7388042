#include "http/program/serve_banner.hpp"

#include "http/program/escape.hpp"

namespace sluice::program {

namespace {

std::string store_text(const ServeArguments& arguments) {
  if (arguments.durability == Durability::memory)
    return "memory: no message survives the end";
  auto level = arguments.durability == Durability::full ? "full" : "normal";
  return "sqlite(" + arguments.data + ", durability=" + level + ")";
}

std::string new_credentials(const CredentialFile& file, const std::string& url) {
  const auto& made = file.credentials();
  std::string text = file.is_first() ? "First start: these are" : "Some were missing: these are";
  text.append(" shown once and kept in ").append(file.path()).append(" (mode 600)\n");
  text.append("QSTASH_URL=").append(url);
  if (!file.is_token_given())
    text.append("\nQSTASH_TOKEN=").append(shell_word(made.token));
  text.append("\nQSTASH_READONLY_TOKEN=").append(shell_word(made.read_only_token));
  text.append("\nQSTASH_CURRENT_SIGNING_KEY=").append(shell_word(made.signing_keys.current));
  return text.append("\nQSTASH_NEXT_SIGNING_KEY=").append(shell_word(made.signing_keys.next)).append("\n");
}

std::string credentials_text(const CredentialFile& file, const std::string& url) {
  auto text = file.has_new() ? new_credentials(file, url) : "Credentials: " + file.path() + "\n";
  if (file.hides_token())
    text += "Token: the one that was given; QSTASH_TOKEN in that file is not accepted now\n";
  else if (file.is_token_given())
    text += "Token: the one that was given; it is not kept\n";
  return text;
}

std::string try_it(const CredentialFile& file, const std::string& url) {
  auto token = file.is_token_given() ? std::string("$SLUICE_TOKEN") : std::string("$QSTASH_TOKEN");
  auto source = file.is_token_given() ? "" : ". " + shell_word(file.path()) + " && ";
  return "Try it:  " + source + "curl -H \"Authorization: Bearer " + token + "\" -d hi " + url +
         "/v2/publish/https://example.com\n";
}

} // namespace

std::string url_of(const std::string& host, std::uint16_t port) {
  auto reachable = host == "0.0.0.0" ? "127.0.0.1" : host == "::" ? "::1" : host;
  bool has_colon = reachable.find(':') != std::string::npos;
  return "http://" + (has_colon ? "[" + reachable + "]" : reachable) + ":" + std::to_string(port);
}

std::string serve_banner(const ServeArguments& arguments, const CredentialFile& credentials, const std::string& url) {
  std::string text = "sluice " SLUICE_VERSION "  single node  store=" + store_text(arguments) + "\n";
  text.append("API  ").append(url).append("\n\n");
  text.append(credentials_text(credentials, url)).append("\n");
  return text.append(try_it(credentials, url)).append("sluice is running at ").append(url).append("\n");
}

} // namespace sluice::program
