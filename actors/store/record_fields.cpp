#include "actors/store/record_fields.hpp"

namespace sluice {

std::string take_text(RecordReader& in) { return std::string(in.text()); }

void put(RecordWriter& out, const Headers& headers) {
  out.unsigned_number(headers.size());
  for (const auto& header : headers) {
    out.text(header.name);
    out.text(header.value);
  }
}

Headers take_headers(RecordReader& in) {
  return take_list<Header>(in, [&] {
    auto name = take_text(in);
    return Header{std::move(name), take_text(in)};
  });
}

void put(RecordWriter& out, const FlowLimits& limits) {
  auto number = [&](std::int64_t value) { out.number(value); };
  put_optional(out, limits.parallelism, number);
  put_optional(out, limits.rate, number);
  out.duration(limits.period);
}

FlowLimits take_limits(RecordReader& in) {
  FlowLimits limits;
  limits.parallelism = take_optional(in, [&] { return in.number(); });
  limits.rate = take_optional(in, [&] { return in.number(); });
  limits.period = in.duration();
  return limits;
}

} // namespace sluice
