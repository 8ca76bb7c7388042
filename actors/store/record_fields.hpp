// The parts that records have in common, written with `put` and read back with `take`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "actors/store/record_bytes.hpp"
#include "sluice/flow_control.hpp"
#include "sluice/message.hpp"

namespace sluice {

template <class T, class Put>
void put_optional(RecordWriter& out, const std::optional<T>& value, Put put) {
  out.byte(value.has_value());
  if (value)
    put(*value);
}

template <class Take>
auto take_optional(RecordReader& in, Take take) -> std::optional<decltype(take())> {
  return in.byte() != 0 ? std::optional(take()) : std::nullopt;
}

template <class Item, class Take>
std::vector<Item> take_list(RecordReader& in, Take take) {
  std::vector<Item> list;
  // No reserve: a wrong count must not take memory.
  for (auto count = in.unsigned_number(); count > 0 && !in.failed(); --count)
    list.push_back(take());
  return list;
}

std::string take_text(RecordReader& in);

void put(RecordWriter& out, const Headers& headers);
Headers take_headers(RecordReader& in);

void put(RecordWriter& out, const FlowLimits& limits);
FlowLimits take_limits(RecordReader& in);

} // namespace sluice
