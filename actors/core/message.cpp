#include "sluice/message.hpp"

#include <array>

namespace sluice {

namespace {

constexpr std::array methods{Method::get, Method::post, Method::put, Method::patch, Method::del};

} // namespace

std::string_view to_string(Method method) {
  switch (method) {
  case Method::get:
    return "GET";
  case Method::post:
    return "POST";
  case Method::put:
    return "PUT";
  case Method::patch:
    return "PATCH";
  case Method::del:
    return "DELETE";
  }
  return {};
}

std::optional<Method> parse_method(std::string_view text) {
  for (auto method : methods)
    if (to_string(method) == text)
      return method;
  return std::nullopt;
}

} // namespace sluice
