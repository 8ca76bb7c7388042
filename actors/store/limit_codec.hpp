// Rate limits as bytes: the ids of their rows, which sort so that a bucket's shards lie side by
// side, the states, the definitions, and the reservations.
#pragma once

#include <optional>
#include <string_view>

#include "actors/core/rate_limit_reservations.hpp"
#include "actors/store/record_bytes.hpp"
#include "sluice/stored_limits.hpp"

namespace sluice {

void encode_row_id(RecordWriter& out, std::string_view name, std::optional<std::string_view> key, std::uint32_t shard);
/// The state, and the configuration that came with the call.
void encode(RecordWriter& out, const LimitRow& row);
/// Empty for bytes that are no such row.
std::optional<LimitRow> decode_limit_row(std::string_view id, std::string_view record);

void encode(RecordWriter& out, const LimitDefinition& definition);
std::optional<LimitDefinition> decode_limit_definition(std::string_view record);

void encode(RecordWriter& out, const core::OpenReservation& reservation);
std::optional<core::OpenReservation> decode_reservation(std::string_view record);

} // namespace sluice
