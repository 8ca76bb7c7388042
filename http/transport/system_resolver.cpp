#include <memory>

#include <netdb.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "sluice/transport.hpp"

namespace sluice {

namespace {

std::string failure_text(int code) { return code == EAI_SYSTEM ? std::strerror(errno) : gai_strerror(code); }

std::string numeric_text(const addrinfo& entry) {
  char text[NI_MAXHOST] = "";
  getnameinfo(entry.ai_addr, entry.ai_addrlen, text, sizeof text, nullptr, 0, NI_NUMERICHOST);
  return text;
}

} // namespace

Resolver system_resolver() {
  return [](const std::string& host) -> Result<std::vector<std::string>> {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_ADDRCONFIG;
    addrinfo* found = nullptr;
    if (auto code = getaddrinfo(host.c_str(), nullptr, &hints, &found); code != 0)
      return Error{ErrorCode::io_error, failure_text(code)};
    std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, freeaddrinfo);
    std::vector<std::string> addresses;
    for (auto* entry = found; entry; entry = entry->ai_next)
      addresses.push_back(numeric_text(*entry));
    return addresses;
  };
}

} // namespace sluice
