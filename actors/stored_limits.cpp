#include "sluice/stored_limits.hpp"

#include "actors/core/limit_names.hpp"
#include "actors/limit_port.hpp"
#include "actors/waiting.hpp"

namespace sluice {

namespace {

constexpr std::size_t max_requests = 100;

Result<void> check_bucket(const std::string& name, const std::optional<std::string>& key) {
  if (auto valid = core::check_limit_name(name); !valid)
    return valid;
  return core::check_bucket_key(key);
}

Result<void> check_requests(const std::vector<BucketRequest>& requests) {
  if (requests.empty() || requests.size() > max_requests)
    return invalid("keys", "keys must be 1 to 100, not " + std::to_string(requests.size()));
  for (const auto& request : requests)
    if (auto valid = check_bucket(request.name, request.key); !valid)
      return valid;
  return {};
}

Result<void> check_wait(const WaitRequest& request) {
  if (!(request.patience.count() >= 0))
    return invalid("wait", "wait must be 0 or more, not " + std::to_string(request.patience.count()));
  return check_bucket(request.name, request.key);
}

template <class Call>
void send_if(const Result<void>& valid, LimitPort& port, Call call) {
  if (valid)
    port.send({std::move(call)});
  else
    call.reply(valid.error());
}

} // namespace

void StoredLimits::limit(BucketRequest request, Reply<LimitAnswer> reply) {
  const auto valid = check_bucket(request.name, request.key);
  send_if(valid, *port_, to_limits::Limit{std::move(request), std::move(reply)});
}

Result<LimitAnswer> StoredLimits::limit(BucketRequest request) {
  return wait_for_reply<LimitAnswer>([&](auto reply) { limit(std::move(request), std::move(reply)); });
}

void StoredLimits::check(BucketRequest request, Reply<LimitAnswer> reply) const {
  const auto valid = check_bucket(request.name, request.key);
  send_if(valid, *port_, to_limits::Check{std::move(request), std::move(reply)});
}

Result<LimitAnswer> StoredLimits::check(BucketRequest request) const {
  return wait_for_reply<LimitAnswer>([&](auto reply) { check(std::move(request), std::move(reply)); });
}

void StoredLimits::limit_all(std::vector<BucketRequest> requests, Reply<CombinedAnswer> reply) {
  const auto valid = check_requests(requests);
  send_if(valid, *port_, to_limits::LimitAll{std::move(requests), true, std::move(reply)});
}

Result<CombinedAnswer> StoredLimits::limit_all(std::vector<BucketRequest> requests) {
  return wait_for_reply<CombinedAnswer>([&](auto reply) { limit_all(std::move(requests), std::move(reply)); });
}

void StoredLimits::check_all(std::vector<BucketRequest> requests, Reply<CombinedAnswer> reply) const {
  const auto valid = check_requests(requests);
  send_if(valid, *port_, to_limits::LimitAll{std::move(requests), false, std::move(reply)});
}

Result<CombinedAnswer> StoredLimits::check_all(std::vector<BucketRequest> requests) const {
  return wait_for_reply<CombinedAnswer>([&](auto reply) { check_all(std::move(requests), std::move(reply)); });
}

void StoredLimits::value(BucketQuery query, Reply<LimitReading> reply) const {
  const auto valid = check_bucket(query.name, query.key);
  send_if(valid, *port_, to_limits::Read{std::move(query), std::move(reply)});
}

Result<LimitReading> StoredLimits::value(BucketQuery query) const {
  return wait_for_reply<LimitReading>([&](auto reply) { value(std::move(query), std::move(reply)); });
}

void StoredLimits::reset(std::string name, std::optional<std::string> key, Operator by, Reply<void> reply) {
  const auto valid = check_bucket(name, key);
  send_if(valid, *port_, to_limits::Reset{std::move(name), std::move(key), std::move(by), std::move(reply)});
}

Result<void> StoredLimits::reset(std::string name, std::optional<std::string> key, Operator by) {
  return wait_for_reply<void>(
      [&](auto reply) { reset(std::move(name), std::move(key), std::move(by), std::move(reply)); });
}

void StoredLimits::credit(BucketQuery bucket, Reply<void> reply) {
  const auto valid = check_bucket(bucket.name, bucket.key);
  send_if(valid, *port_, to_limits::Credit{std::move(bucket), std::move(reply)});
}

Result<void> StoredLimits::credit(BucketQuery bucket) {
  return wait_for_reply<void>([&](auto reply) { credit(std::move(bucket), std::move(reply)); });
}

void StoredLimits::reserve(ReservationRequest request, Reply<ReservationAnswer> reply) {
  const auto valid = check_bucket(request.name, request.key);
  send_if(valid, *port_, to_limits::Reserve{std::move(request), std::move(reply)});
}

Result<ReservationAnswer> StoredLimits::reserve(ReservationRequest request) {
  return wait_for_reply<ReservationAnswer>([&](auto reply) { reserve(std::move(request), std::move(reply)); });
}

void StoredLimits::commit(std::string name, ReservationId id, double used, Reply<bool> reply) {
  port_->send({to_limits::Settle{std::move(name), id, used, std::move(reply)}});
}

Result<bool> StoredLimits::commit(std::string name, ReservationId id, double used) {
  return wait_for_reply<bool>([&](auto reply) { commit(std::move(name), id, used, std::move(reply)); });
}

void StoredLimits::cancel(std::string name, ReservationId id, Reply<bool> reply) {
  commit(std::move(name), id, 0, std::move(reply));
}

Result<bool> StoredLimits::cancel(std::string name, ReservationId id) { return commit(std::move(name), id, 0); }

WaitId StoredLimits::acquire(WaitRequest request, Reply<LimitAnswer> reply) {
  const auto id = port_->next_wait();
  const auto valid = check_wait(request);
  send_if(valid, *port_, to_limits::Acquire{id, std::move(request), std::move(reply)});
  return id;
}

Result<LimitAnswer> StoredLimits::acquire(WaitRequest request) {
  return wait_for_reply<LimitAnswer>([&](auto reply) { acquire(std::move(request), std::move(reply)); });
}

void StoredLimits::leave(WaitId id) {
  port_->send({to_limits::Leave{id, [](const Result<void>&) {}}});
}

void StoredLimits::transact(TransactionBody body, Reply<void> reply) {
  port_->send({to_limits::Transact{std::move(body), std::move(reply)}});
}

Result<void> StoredLimits::transact(TransactionBody body) {
  return wait_for_reply<void>([&](auto reply) { transact(std::move(body), std::move(reply)); });
}

void StoredLimits::define(std::string name, LimitDefinition definition, Operator by, Reply<void> reply) {
  const auto valid = core::check_limit_name(name);
  send_if(valid, *port_, to_limits::Define{std::move(name), definition, std::move(by), std::move(reply)});
}

Result<void> StoredLimits::define(std::string name, LimitDefinition definition, Operator by) {
  return wait_for_reply<void>(
      [&](auto reply) { define(std::move(name), definition, std::move(by), std::move(reply)); });
}

void StoredLimits::definition(std::string name, Reply<LimitDefinition> reply) const {
  port_->send({to_limits::FindDefinition{std::move(name), std::move(reply)}});
}

Result<LimitDefinition> StoredLimits::definition(std::string name) const {
  return wait_for_reply<LimitDefinition>([&](auto reply) { definition(std::move(name), std::move(reply)); });
}

void StoredLimits::definitions(Reply<LimitDefinitions> reply) const {
  port_->send({to_limits::ListDefinitions{std::move(reply)}});
}

Result<LimitDefinitions> StoredLimits::definitions() const {
  return wait_for_reply<LimitDefinitions>([&](auto reply) { definitions(std::move(reply)); });
}

void StoredLimits::drop(std::string name, Operator by, Reply<void> reply) {
  port_->send({to_limits::Drop{std::move(name), std::move(by), std::move(reply)}});
}

Result<void> StoredLimits::drop(std::string name, Operator by) {
  return wait_for_reply<void>([&](auto reply) { drop(std::move(name), std::move(by), std::move(reply)); });
}

} // namespace sluice
