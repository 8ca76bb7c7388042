// Opening a scheduler, and its calls about messages.
#include "actors/core/address_policy.hpp"
#include "actors/core/duration.hpp"
#include "actors/scheduler_impl.hpp"
#include "actors/store/memory_store.hpp"
#include "actors/store/sqlite_store.hpp"

namespace sluice {

namespace {

constexpr std::int64_t most_calls = 100'000;

template <class Value>
Error out_of_range(const std::string& option, std::string_view accepted, Value value) {
  return invalid(option, option + " must be " + std::string(accepted) + ", not " + std::to_string(value));
}

Result<void> check_times(const SchedulerOptions& options) {
  if (options.max_timeout <= Duration{0})
    return invalid("max_timeout", "max_timeout must be more than 0s, not " + core::text_of(options.max_timeout));
  if (options.max_delay < Duration{0} || options.max_delay > core::max_duration)
    return invalid("max_delay", "max_delay must be 0s to " + core::text_of(core::max_duration) + ", not " +
                                    core::text_of(options.max_delay));
  return {};
}

Result<void> check(const SchedulerOptions& options) {
  if (options.global_parallelism < 1 || options.global_parallelism > most_calls)
    return out_of_range("global_parallelism", "1 to 100000", options.global_parallelism);
  if (options.max_queue_parallelism < 1)
    return out_of_range("max_queue_parallelism", "1 or more", options.max_queue_parallelism);
  if (options.max_retries < 0)
    return out_of_range("max_retries", "0 or more", options.max_retries);
  if (auto times = check_times(options); !times)
    return times;
  auto policy = core::parse_allow_list(options.http.allow_destinations);
  return policy ? Result<void>{} : policy.error();
}

Result<std::unique_ptr<Store>> open_store(const SchedulerOptions& options) {
  const auto& storage = options.storage;
  if (storage.directory.empty() || storage.durability == Durability::memory)
    return std::unique_ptr<Store>(std::make_unique<MemoryStore>(storage.memory_limit, random_bits()));
  SqliteStoreOptions durable{.directory = storage.directory,
                             .durability = storage.durability,
                             .cache = storage.cache,
                             .reserve = storage.reserve};
  auto store = SqliteStore::open(std::move(durable), [loop = options.event_loop](std::function<void()> completion) {
    loop->post(std::move(completion));
  });
  if (!store)
    return store.error();
  return std::unique_ptr<Store>(std::move(*store));
}

} // namespace

Result<Scheduler> Scheduler::open(SchedulerOptions options) {
  if (auto valid = check(options); !valid)
    return valid.error();
  std::unique_ptr<EventLoop> own_loop;
  if (!options.event_loop) {
    own_loop = std::make_unique<EventLoop>();
    options.event_loop = own_loop.get();
  }
  if (!options.transport) {
    auto transport = make_http_transport(*options.event_loop, options.http);
    if (!transport)
      return transport.error();
    options.transport = std::move(*transport);
  }
  auto store = open_store(options);
  if (!store)
    return store.error();
  return Scheduler(std::make_unique<Impl>(std::move(options), std::move(own_loop), std::move(*store)));
}

Scheduler::Scheduler(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
Scheduler::Scheduler(Scheduler&&) noexcept = default;
Scheduler& Scheduler::operator=(Scheduler&&) noexcept = default;
Scheduler::~Scheduler() = default;

void Scheduler::publish(PublishRequest request, Reply<Published> reply) {
  if (std::holds_alternative<UrlGroupDestination>(request.destination))
    return reply(invalid("destination", "a URL group takes a message for each endpoint: publish it in a batch"));
  if (auto valid = check_publish(request, impl_->options()); !valid)
    return reply(valid.error());
  impl_->send(to_scheduler::Publish{unnumbered(std::move(request)), std::move(reply)});
}

Result<Published> Scheduler::publish(PublishRequest request) {
  return wait_for_reply<Published>([&](auto reply) { publish(std::move(request), std::move(reply)); });
}

void Scheduler::publish_batch(std::vector<PublishRequest> requests, Reply<std::vector<BatchAnswer>> reply) {
  std::vector<Result<PublishRequest>> checked;
  checked.reserve(requests.size());
  for (auto& request : requests) {
    auto valid = check_publish(request, impl_->options());
    checked.push_back(valid ? Result<PublishRequest>(std::move(request)) : valid.error());
  }
  impl_->send(to_scheduler::PublishBatch{std::move(checked), std::move(reply)});
}

Result<std::vector<BatchAnswer>> Scheduler::publish_batch(std::vector<PublishRequest> requests) {
  return wait_for_reply<std::vector<BatchAnswer>>(
      [&](auto reply) { publish_batch(std::move(requests), std::move(reply)); });
}

void Scheduler::message(MessageId id, Reply<MessageInfo> reply) const {
  impl_->send(to_scheduler::FindMessage{id, std::move(reply)});
}

Result<MessageInfo> Scheduler::message(MessageId id) const {
  return wait_for_reply<MessageInfo>([&](auto reply) { message(id, std::move(reply)); });
}

void Scheduler::cancel(MessageId id, Operator by, Reply<void> reply) {
  impl_->send(to_scheduler::Cancel{id, std::move(by), std::move(reply)});
}

Result<void> Scheduler::cancel(MessageId id, Operator by) {
  return wait_for_reply<void>([&](auto reply) { cancel(id, std::move(by), std::move(reply)); });
}

void Scheduler::signing_keys(Reply<SigningKeys> reply) const {
  impl_->send(to_scheduler::ReadSigningKeys{std::move(reply)});
}

Result<SigningKeys> Scheduler::signing_keys() const {
  return wait_for_reply<SigningKeys>([&](auto reply) { signing_keys(std::move(reply)); });
}

void Scheduler::rotate_signing_keys(Operator by, Reply<SigningKeys> reply) {
  impl_->send(to_scheduler::RotateSigningKeys{std::move(by), std::move(reply)});
}

Result<SigningKeys> Scheduler::rotate_signing_keys(Operator by) {
  return wait_for_reply<SigningKeys>([&](auto reply) { rotate_signing_keys(std::move(by), std::move(reply)); });
}

StoredLimits Scheduler::limits() const { return StoredLimits(*impl_); }

void Scheduler::hindrance(Reply<std::string> reply) const { impl_->send(to_scheduler::AskHindrance{std::move(reply)}); }

Result<std::string> Scheduler::hindrance() const {
  return wait_for_reply<std::string>([&](auto reply) { hindrance(std::move(reply)); });
}

void Scheduler::stop() { impl_->stop(); }

void Scheduler::stop(std::function<void()> done) { impl_->stop(std::move(done)); }

} // namespace sluice
