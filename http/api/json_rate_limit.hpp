// Rate limits as JSON, both ways. Instants and durations are milliseconds, with a fraction where
// there is one. Fields that are unknown are refused; null is as good as none.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sluice/stored_limits.hpp"

namespace sluice::http {

/// `{"kind":"token bucket","rate":10,"period":60000}`, with `capacity`, `maxReserved`, `shards`, `start`
/// and `durability` if wished. Error: `invalid_argument` names the field at fault.
Result<LimitDefinition> read_limit_definition(std::string_view text);

/// What a call asks for: one bucket, or several at once.
struct LimitCallBody {
  std::vector<BucketRequest> requests; ///< Of limit `name` unless they name another.
  bool is_combined = false; ///< They came as `keys`.
};
/// `{"key":"a","count":1,"reserve":false,"throws":false,"dryRun":false,"config":{…}}`, all optional, or
/// `{"keys":["a",{"name":"other","key":"b","count":2}]}`, whose items take count, reserve and config from
/// beside `keys` unless they have their own. An empty text is an empty object.
Result<LimitCallBody> read_limit_call(std::string_view text, const std::string& name);

/// `{"key":"a","count":1,"wait":30000}`, all optional.
Result<WaitRequest> read_acquire(std::string_view text, std::string name);
/// `{"key":"a","count":1,"hold":3600000,"config":{…}}`, all optional.
Result<ReservationRequest> read_reserve(std::string_view text, std::string name);
/// `{"key":"a","count":1,"config":{…}}`, all optional.
Result<BucketQuery> read_credit(std::string_view text, std::string name);

/// How a reservation ends.
struct SettleBody {
  ReservationId id{};
  double used = 0;
};
/// `{"reservation":"4294967297","used":3}`; without `used` where it is cancelled.
Result<SettleBody> read_settle(std::string_view text, bool commits);

/// `{"key":"a"}`; no key if there is none.
Result<std::optional<std::string>> read_reset(std::string_view text);

std::string limit_definition_json(std::string_view name, const LimitDefinition& definition);
std::string limit_definitions_json(const LimitDefinitions& definitions);
std::string limit_answer_json(const LimitAnswer& answer);
/// A verdict, and if it is granted `reservation`, `runAt` and `expiresAt`.
std::string reservation_json(const ReservationAnswer& answer);
/// `{"settled":true}`.
std::string settled_json(bool settled);
/// `requests` are those that it answers.
std::string combined_answer_json(const CombinedAnswer& answer, const std::vector<BucketRequest>& requests);
/// What the reference throws: `{"error":…,"kind":"RateLimited","name":…,"retryAfter":…}`.
std::string rate_limited_json(std::string_view name, const LimitAnswer& answer);
std::string limit_reading_json(const LimitReading& reading);
/// `{"now":…}`.
std::string time_json(WallTime now);
/// `{"error":…,"field":…}`.
std::string limit_error_json(const Error& error);

} // namespace sluice::http
