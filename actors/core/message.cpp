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

std::string_view to_string(WaitReason reason) {
  switch (reason) {
  case WaitReason::delay:
    return "delay";
  case WaitReason::retry:
    return "retry";
  case WaitReason::queue:
    return "queue";
  case WaitReason::pause:
    return "pause";
  case WaitReason::parallelism:
    return "parallelism";
  case WaitReason::rate:
    return "rate";
  case WaitReason::global_parallelism:
    return "globalParallelism";
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
