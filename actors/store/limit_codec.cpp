#include "actors/store/limit_codec.hpp"

#include <bit>

namespace sluice {

namespace {

constexpr std::uint8_t version = 1;
constexpr std::uint8_t with_config = 2; ///< Of rows: a configuration follows.

void put(RecordWriter& out, double number) { out.fixed(std::bit_cast<std::uint64_t>(number)); }

double take(RecordReader& in) { return std::bit_cast<double>(in.fixed()); }

void put(RecordWriter& out, std::optional<double> number) {
  out.byte(number.has_value());
  if (number)
    put(out, *number);
}

std::optional<double> take_optional(RecordReader& in) {
  return in.byte() != 0 ? std::optional(take(in)) : std::nullopt;
}

// Big-endian, so that bytes sort as numbers do.
void put_shard(RecordWriter& out, std::uint32_t shard) {
  for (int shift = 24; shift >= 0; shift -= 8)
    out.byte(static_cast<std::uint8_t>(shard >> shift));
}

std::uint32_t take_shard(RecordReader& in) {
  std::uint32_t shard = 0;
  for (int i = 0; i < 4; ++i)
    shard = shard << 8 | in.byte();
  return shard;
}

template <class Enum>
Enum take_enum(RecordReader& in, Enum last) {
  const auto value = in.byte();
  if (value > static_cast<std::uint8_t>(last))
    in.fail();
  return static_cast<Enum>(value);
}

} // namespace

void encode_row_id(RecordWriter& out, std::string_view name, std::optional<std::string_view> key, std::uint32_t shard) {
  out.clear();
  out.text(name);
  out.byte(key.has_value());
  if (key)
    out.text(*key);
  put_shard(out, shard);
}

void encode(RecordWriter& out, const LimitRow& row) {
  const auto& state = row.state;
  out.clear();
  out.byte(row.config ? with_config : version);
  put(out, state.value);
  put(out, state.as_of.time_since_epoch().count());
  if (state.extra != 0 || row.config)
    put(out, state.extra);
  if (!row.config)
    return;
  RecordWriter config;
  encode(config, LimitDefinition{*row.config});
  out.text(config.bytes());
}

std::optional<LimitRow> decode_limit_row(std::string_view id, std::string_view record) {
  LimitRow row;
  RecordReader name(id);
  row.name = name.text();
  if (name.byte() != 0)
    row.key = name.text();
  row.shard = take_shard(name);
  RecordReader in(record);
  const auto form = in.byte();
  row.state.value = take(in);
  row.state.as_of = RateTime{RateDuration{take(in)}};
  row.state.extra = in.empty() ? 0 : take(in);
  const auto writer = form == with_config ? decode_limit_definition(in.text()) : std::nullopt;
  if (writer)
    row.config = writer->config;
  const bool is_known = form == version || writer;
  return is_known && name.complete() && in.complete() ? std::optional(std::move(row)) : std::nullopt;
}

void encode(RecordWriter& out, const LimitDefinition& definition) {
  const auto& config = definition.config;
  out.clear();
  out.byte(version);
  out.byte(static_cast<std::uint8_t>(config.kind));
  out.byte(static_cast<std::uint8_t>(definition.durability));
  put(out, config.rate);
  put(out, config.period.count());
  put(out, config.capacity);
  put(out, config.max_reserved);
  put(out, config.shards);
  put(out, config.start ? std::optional(config.start->time_since_epoch().count()) : std::nullopt);
}

std::optional<LimitDefinition> decode_limit_definition(std::string_view record) {
  RecordReader in(record);
  if (in.byte() != version)
    return std::nullopt;
  LimitDefinition definition;
  auto& config = definition.config;
  config.kind = take_enum(in, LimitKind::sliding_window);
  definition.durability = take_enum(in, LimitDurability::memory);
  config.rate = take(in);
  config.period = RateDuration{take(in)};
  config.capacity = take_optional(in);
  config.max_reserved = take_optional(in);
  config.shards = take_optional(in);
  if (const auto start = take_optional(in))
    config.start = RateTime{RateDuration{*start}};
  return in.complete() ? std::optional(definition) : std::nullopt;
}

void encode(RecordWriter& out, const core::OpenReservation& reservation) {
  RecordWriter share;
  encode(share, LimitDefinition{reservation.share});
  out.clear();
  out.byte(version);
  out.text(reservation.name);
  out.byte(reservation.key.has_value());
  if (reservation.key)
    out.text(*reservation.key);
  out.text(share.bytes());
  put(out, reservation.count);
  put(out, reservation.expires_at.time_since_epoch().count());
  out.unsigned_number(reservation.parts.size());
  for (const auto& part : reservation.parts) {
    out.unsigned_number(part.shard);
    put(out, part.count);
  }
}

std::optional<core::OpenReservation> decode_reservation(std::string_view record) {
  RecordReader in(record);
  core::OpenReservation reservation;
  const bool is_known = in.byte() == version;
  reservation.name = in.text();
  if (in.byte() != 0)
    reservation.key = in.text();
  const auto share = decode_limit_definition(in.text());
  reservation.count = take(in);
  reservation.expires_at = RateTime{RateDuration{take(in)}};
  for (auto parts = in.unsigned_number(); parts > 0 && !in.failed(); --parts) {
    const auto shard = static_cast<std::uint32_t>(in.unsigned_number());
    reservation.parts.push_back({shard, take(in)});
  }
  if (!is_known || !share || !in.complete())
    return std::nullopt;
  reservation.share = share->config;
  return reservation;
}

} // namespace sluice
