// Scheduler::Impl: wiring and shutdown.
#include "sluice/scheduler.hpp"

#include <future>
#include <thread>

#include "actors/core/address_policy.hpp"
#include "actors/core/message_fields.hpp"
#include "actors/io_scheduler.hpp"
#include "actors/limit_port.hpp"
#include "actors/publish_check.hpp"
#include "actors/rate_limit_actor.hpp"
#include "actors/scheduler_actor.hpp"
#include "actors/store/memory_store.hpp"
#include "actors/store/sqlite_store.hpp"
#include "actors/waiting.hpp"

namespace sluice {

namespace {

constexpr std::size_t max_dlq_page = 100; // spec §2.10

Error stopped() { return {ErrorCode::unavailable, "the scheduler has stopped", {}}; }

constexpr std::size_t max_log_page = 1000; // spec §2.12
constexpr std::size_t max_log_texts = 50;

Result<void> check_count(std::size_t count, std::size_t most) {
  if (count >= 1 && count <= most)
    return {};
  return invalid("count", "count must be 1 to " + std::to_string(most) + ", not " + std::to_string(count));
}

Result<void> check_page(std::size_t count) { return check_count(count, max_dlq_page); }

// A search compares each of a million messages with each text.
Result<void> check_query(const LogQuery& query) {
  std::size_t texts = 0;
  core::visit_parts(query.filter, [&](core::MessageField, const auto& part) { texts += part.size(); });
  if (texts > max_log_texts)
    return invalid("filter", "the log can be filtered by at most 50 texts, not " + std::to_string(texts));
  return check_count(query.count, max_log_page);
}

// Entries that are named may be many; those that are searched for come in pages.
Result<void> check_bulk(const DlqBulk& bulk) {
  return bulk.filter.ids.empty() ? check_page(bulk.count) : Result<void>{};
}

Result<void> check(const SchedulerOptions& options) {
  if (options.global_parallelism < 1 || options.global_parallelism > 100'000)
    return invalid("global_parallelism", "global_parallelism must be 1 to 100000");
  if (options.max_timeout <= Duration{0})
    return invalid("max_timeout", "max_timeout must be positive");
  if (options.max_retries < 0)
    return invalid("max_retries", "max_retries must be 0 or more");
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

struct ActorSystem {
  explicit ActorSystem(EventLoop& loop) {
    run_actors_on(loop, config);
    system.emplace(config);
    // The loop runs them; waiting here for it would wait for ever.
    system->await_actors_before_shutdown(false);
  }

  caf::actor_system_config config;
  std::optional<caf::actor_system> system;
};

} // namespace

class Scheduler::Impl : public LimitPort {
public:
  Impl(SchedulerOptions options, std::unique_ptr<EventLoop> own_loop, std::unique_ptr<Store> store)
      : options_(std::move(options)),
        own_loop_(std::move(own_loop)),
        loop_(*options_.event_loop),
        transport_(std::move(options_.transport)), // It uses the loop, so it must end before.
        store_(std::move(store)),
        context_{options_.clock} {
    if (own_loop_)
      start_thread();
    else
      start_actors();
  }

  ~Impl() override {
    if (own_loop_)
      stop();
    else
      end_actors();
  }

  const SchedulerOptions& options() const { return options_; }

  /// Sends a call to the scheduler actor, or refuses it once that is gone.
  template <class Call>
  void send(Call call) {
    if (loop_.is_current())
      return send_on_loop(std::move(call));
    loop_.post([this, call = std::move(call)]() mutable { send_on_loop(std::move(call)); });
  }

  void send(to_limits::Ask ask) override {
    if (loop_.is_current())
      return ask_limits(std::move(ask));
    loop_.post([this, ask = std::move(ask)]() mutable { ask_limits(std::move(ask)); });
  }

  void operate(FlowControlKey key, core::FlowOperation operation, Operator by, Reply<void> reply) {
    if (auto valid = check_operation(key, operation); !valid)
      return reply(valid.error());
    send(to_scheduler::Operate{std::move(key), std::move(operation), std::move(by), std::move(reply)});
  }

  /// Waits for the answer of a call.
  template <class T, class Start>
  Result<T> wait(Start start) {
    return wait_for_reply<T>(std::move(start));
  }

  void stop(std::function<void()> done) {
    loop_.post([this, done = std::move(done)] {
      if (!scheduler_)
        return done();
      anon_tell(limits_, to_limits::Stop{{options_.grace, done}});
    });
  }

  void stop() {
    if (!thread_.joinable())
      return;
    std::promise<void> stopped;
    stop([&] { stopped.set_value(); });
    stopped.get_future().wait();
    loop_.post([this] {
      end_actors();
      loop_.stop();
    });
    thread_.join();
  }

private:
  void start_thread() {
    std::promise<void> started;
    thread_ = std::thread([&] {
      start_actors();
      started.set_value();
      loop_.run();
    });
    started.get_future().wait();
  }

  // An actor system must end on the thread that it began on: CAF ties its logger to it.
  void start_actors() {
    actors_.emplace(loop_);
    scheduler_ = actors_->system->spawn<SchedulerActor>(std::cref(context_), std::cref(options_), std::ref(*store_),
                                                        std::ref(*transport_));
    limits_ =
        actors_->system->spawn<RateLimitActor>(std::cref(context_), std::cref(options_), std::ref(*store_), scheduler_);
  }

  template <class Call>
  void send_on_loop(Call call) {
    if (scheduler_)
      anon_tell(scheduler_, std::move(call));
    else
      call.reply(stopped());
  }

  void ask_limits(to_limits::Ask ask) {
    if (limits_)
      anon_tell(limits_, std::move(ask));
    else
      std::visit([](auto& call) { call.reply(stopped()); }, ask.call);
  }

  void end_actors() {
    if (!scheduler_)
      return;
    caf::anon_send_exit(limits_, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(scheduler_, caf::exit_reason::user_shutdown);
    limits_ = nullptr;
    scheduler_ = nullptr;
    actors_.reset();
  }

  SchedulerOptions options_;
  std::unique_ptr<EventLoop> own_loop_;
  EventLoop& loop_;
  std::shared_ptr<Transport> transport_;
  std::unique_ptr<Store> store_;
  ActorContext context_;
  std::optional<ActorSystem> actors_;
  caf::actor scheduler_;
  caf::actor limits_;
  std::thread thread_;
};

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
  impl_->send(to_scheduler::Publish{std::move(request), std::move(reply)});
}

Result<Published> Scheduler::publish(PublishRequest request) {
  return impl_->wait<Published>([&](auto reply) { publish(std::move(request), std::move(reply)); });
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
  return impl_->wait<std::vector<BatchAnswer>>(
      [&](auto reply) { publish_batch(std::move(requests), std::move(reply)); });
}

void Scheduler::message(MessageId id, Reply<MessageInfo> reply) const {
  impl_->send(to_scheduler::FindMessage{id, std::move(reply)});
}

Result<MessageInfo> Scheduler::message(MessageId id) const {
  return impl_->wait<MessageInfo>([&](auto reply) { message(id, std::move(reply)); });
}

void Scheduler::cancel(MessageId id, Operator by, Reply<void> reply) {
  impl_->send(to_scheduler::Cancel{id, std::move(by), std::move(reply)});
}

Result<void> Scheduler::cancel(MessageId id, Operator by) {
  return impl_->wait<void>([&](auto reply) { cancel(id, std::move(by), std::move(reply)); });
}

void Scheduler::flow_control(FlowControlKey key, Reply<FlowControlInfo> reply) const {
  impl_->send(to_scheduler::FindKey{std::move(key), std::move(reply)});
}

Result<FlowControlInfo> Scheduler::flow_control(FlowControlKey key) const {
  return impl_->wait<FlowControlInfo>([&](auto reply) { flow_control(std::move(key), std::move(reply)); });
}

void Scheduler::flow_controls(FlowControlQuery query, Reply<std::vector<FlowControlInfo>> reply) const {
  impl_->send(to_scheduler::ListKeys{std::move(query), std::move(reply)});
}

Result<std::vector<FlowControlInfo>> Scheduler::flow_controls(FlowControlQuery query) const {
  return impl_->wait<std::vector<FlowControlInfo>>(
      [&](auto reply) { flow_controls(std::move(query), std::move(reply)); });
}

void Scheduler::pin(FlowControlKey key, PinRequest request, Operator by, Reply<void> reply) {
  impl_->operate(std::move(key), request, std::move(by), std::move(reply));
}

Result<void> Scheduler::pin(FlowControlKey key, PinRequest request, Operator by) {
  return impl_->wait<void>([&](auto reply) { pin(std::move(key), request, std::move(by), std::move(reply)); });
}

void Scheduler::unpin(FlowControlKey key, UnpinRequest request, Operator by, Reply<void> reply) {
  impl_->operate(std::move(key), request, std::move(by), std::move(reply));
}

Result<void> Scheduler::unpin(FlowControlKey key, UnpinRequest request, Operator by) {
  return impl_->wait<void>([&](auto reply) { unpin(std::move(key), request, std::move(by), std::move(reply)); });
}

void Scheduler::pause(FlowControlKey key, Operator by, Reply<void> reply) {
  impl_->operate(std::move(key), core::Pause{}, std::move(by), std::move(reply));
}

Result<void> Scheduler::pause(FlowControlKey key, Operator by) {
  return impl_->wait<void>([&](auto reply) { pause(std::move(key), std::move(by), std::move(reply)); });
}

void Scheduler::resume(FlowControlKey key, Operator by, Reply<void> reply) {
  impl_->operate(std::move(key), core::Resume{}, std::move(by), std::move(reply));
}

Result<void> Scheduler::resume(FlowControlKey key, Operator by) {
  return impl_->wait<void>([&](auto reply) { resume(std::move(key), std::move(by), std::move(reply)); });
}

void Scheduler::reset_rate(FlowControlKey key, Operator by, Reply<void> reply) {
  impl_->operate(std::move(key), core::ResetRate{}, std::move(by), std::move(reply));
}

Result<void> Scheduler::reset_rate(FlowControlKey key, Operator by) {
  return impl_->wait<void>([&](auto reply) { reset_rate(std::move(key), std::move(by), std::move(reply)); });
}

void Scheduler::reset(FlowControlKey key, Operator by, Reply<void> reply) {
  impl_->operate(std::move(key), core::Reset{}, std::move(by), std::move(reply));
}

Result<void> Scheduler::reset(FlowControlKey key, Operator by) {
  return impl_->wait<void>([&](auto reply) { reset(std::move(key), std::move(by), std::move(reply)); });
}

void Scheduler::global_parallelism(Reply<GlobalParallelism> reply) const {
  impl_->send(to_scheduler::CountCalls{std::move(reply)});
}

Result<GlobalParallelism> Scheduler::global_parallelism() const {
  return impl_->wait<GlobalParallelism>([&](auto reply) { global_parallelism(std::move(reply)); });
}

void Scheduler::dlq(DlqQuery query, Reply<DlqPage> reply) const {
  if (auto valid = check_page(query.count); !valid)
    return reply(valid.error());
  impl_->send(to_scheduler::ListDlq{std::move(query), std::move(reply)});
}

Result<DlqPage> Scheduler::dlq(DlqQuery query) const {
  return impl_->wait<DlqPage>([&](auto reply) { dlq(std::move(query), std::move(reply)); });
}

void Scheduler::dlq_entry(DlqId id, Reply<DlqEntry> reply) const {
  impl_->send(to_scheduler::FindDlqEntry{id, std::move(reply)});
}

Result<DlqEntry> Scheduler::dlq_entry(DlqId id) const {
  return impl_->wait<DlqEntry>([&](auto reply) { dlq_entry(id, std::move(reply)); });
}

void Scheduler::delete_dlq(DlqBulk bulk, Operator by, Reply<DlqDeleted> reply) {
  if (auto valid = check_bulk(bulk); !valid)
    return reply(valid.error());
  impl_->send(to_scheduler::DeleteDlq{std::move(bulk), std::move(by), std::move(reply)});
}

Result<DlqDeleted> Scheduler::delete_dlq(DlqBulk bulk, Operator by) {
  return impl_->wait<DlqDeleted>([&](auto reply) { delete_dlq(std::move(bulk), std::move(by), std::move(reply)); });
}

void Scheduler::retry_dlq(DlqBulk bulk, RetryOverrides overrides, Operator by, Reply<DlqRetried> reply) {
  if (auto valid = check_bulk(bulk); !valid)
    return reply(valid.error());
  impl_->send(to_scheduler::RetryDlq{std::move(bulk), std::move(overrides), std::move(by), std::move(reply)});
}

Result<DlqRetried> Scheduler::retry_dlq(DlqBulk bulk, RetryOverrides overrides, Operator by) {
  return impl_->wait<DlqRetried>(
      [&](auto reply) { retry_dlq(std::move(bulk), std::move(overrides), std::move(by), std::move(reply)); });
}

void Scheduler::set_queue(QueueName name, QueueSettings settings, Operator by, Reply<void> reply) {
  if (auto valid = check_queue(name, settings); !valid)
    return reply(valid.error());
  impl_->send(to_scheduler::SetQueue{std::move(name), settings, std::move(by), std::move(reply)});
}

Result<void> Scheduler::set_queue(QueueName name, QueueSettings settings, Operator by) {
  return impl_->wait<void>([&](auto reply) { set_queue(std::move(name), settings, std::move(by), std::move(reply)); });
}

void Scheduler::queue(QueueName name, Reply<QueueInfo> reply) const {
  impl_->send(to_scheduler::FindQueue{std::move(name), std::move(reply)});
}

Result<QueueInfo> Scheduler::queue(QueueName name) const {
  return impl_->wait<QueueInfo>([&](auto reply) { queue(std::move(name), std::move(reply)); });
}

void Scheduler::queues(Reply<std::vector<QueueInfo>> reply) const {
  impl_->send(to_scheduler::ListQueues{std::move(reply)});
}

Result<std::vector<QueueInfo>> Scheduler::queues() const {
  return impl_->wait<std::vector<QueueInfo>>([&](auto reply) { queues(std::move(reply)); });
}

void Scheduler::delete_queue(QueueName name, Operator by, Reply<void> reply) {
  impl_->send(to_scheduler::DeleteQueue{std::move(name), std::move(by), std::move(reply)});
}

Result<void> Scheduler::delete_queue(QueueName name, Operator by) {
  return impl_->wait<void>([&](auto reply) { delete_queue(std::move(name), std::move(by), std::move(reply)); });
}

void Scheduler::add_endpoints(UrlGroupName group, std::vector<Endpoint> endpoints, Operator by, Reply<void> reply) {
  if (auto valid = check_endpoints(group, endpoints, impl_->options()); !valid)
    return reply(valid.error());
  impl_->send(to_scheduler::AddEndpoints{std::move(group), std::move(endpoints), std::move(by), std::move(reply)});
}

Result<void> Scheduler::add_endpoints(UrlGroupName group, std::vector<Endpoint> endpoints, Operator by) {
  return impl_->wait<void>(
      [&](auto reply) { add_endpoints(std::move(group), std::move(endpoints), std::move(by), std::move(reply)); });
}

void Scheduler::remove_endpoints(UrlGroupName group, std::vector<EndpointSelector> which, Operator by,
                                 Reply<void> reply) {
  if (auto valid = check_selectors(which); !valid)
    return reply(valid.error());
  impl_->send(to_scheduler::RemoveEndpoints{std::move(group), std::move(which), std::move(by), std::move(reply)});
}

Result<void> Scheduler::remove_endpoints(UrlGroupName group, std::vector<EndpointSelector> which, Operator by) {
  return impl_->wait<void>(
      [&](auto reply) { remove_endpoints(std::move(group), std::move(which), std::move(by), std::move(reply)); });
}

void Scheduler::set_url_group_defaults(UrlGroupName group, Headers defaults, Operator by, Reply<void> reply) {
  if (auto valid = check_headers(defaults); !valid)
    return reply(valid.error());
  impl_->send(
      to_scheduler::SetUrlGroupDefaults{std::move(group), std::move(defaults), std::move(by), std::move(reply)});
}

Result<void> Scheduler::set_url_group_defaults(UrlGroupName group, Headers defaults, Operator by) {
  return impl_->wait<void>([&](auto reply) {
    set_url_group_defaults(std::move(group), std::move(defaults), std::move(by), std::move(reply));
  });
}

void Scheduler::delete_url_group(UrlGroupName group, Operator by, Reply<void> reply) {
  impl_->send(to_scheduler::DeleteUrlGroup{std::move(group), std::move(by), std::move(reply)});
}

Result<void> Scheduler::delete_url_group(UrlGroupName group, Operator by) {
  return impl_->wait<void>([&](auto reply) { delete_url_group(std::move(group), std::move(by), std::move(reply)); });
}

void Scheduler::url_group(UrlGroupName group, Reply<UrlGroup> reply) const {
  impl_->send(to_scheduler::FindUrlGroup{std::move(group), std::move(reply)});
}

Result<UrlGroup> Scheduler::url_group(UrlGroupName group) const {
  return impl_->wait<UrlGroup>([&](auto reply) { url_group(std::move(group), std::move(reply)); });
}

void Scheduler::url_groups(Reply<std::vector<UrlGroup>> reply) const {
  impl_->send(to_scheduler::ListUrlGroups{std::move(reply)});
}

Result<std::vector<UrlGroup>> Scheduler::url_groups() const {
  return impl_->wait<std::vector<UrlGroup>>([&](auto reply) { url_groups(std::move(reply)); });
}

void Scheduler::cancel_all(CancelFilter filter, Operator by, Reply<std::size_t> reply) {
  impl_->send(to_scheduler::CancelAll{std::move(filter), std::move(by), std::move(reply)});
}

Result<std::size_t> Scheduler::cancel_all(CancelFilter filter, Operator by) {
  return impl_->wait<std::size_t>([&](auto reply) { cancel_all(std::move(filter), std::move(by), std::move(reply)); });
}

void Scheduler::log(LogQuery query, Reply<LogPage> reply) const {
  if (auto valid = check_query(query); !valid)
    return reply(valid.error());
  impl_->send(to_scheduler::ListLog{std::move(query), std::move(reply)});
}

Result<LogPage> Scheduler::log(LogQuery query) const {
  return impl_->wait<LogPage>([&](auto reply) { log(std::move(query), std::move(reply)); });
}

void Scheduler::audit(AuditQuery query, Reply<std::vector<AuditEntry>> reply) const {
  if (auto valid = check_count(query.count, max_log_page); !valid)
    return reply(valid.error());
  impl_->send(to_scheduler::ListAudit{query, std::move(reply)});
}

Result<std::vector<AuditEntry>> Scheduler::audit(AuditQuery query) const {
  return impl_->wait<std::vector<AuditEntry>>([&](auto reply) { audit(query, std::move(reply)); });
}

void Scheduler::signing_keys(Reply<SigningKeys> reply) const {
  impl_->send(to_scheduler::ReadSigningKeys{std::move(reply)});
}

Result<SigningKeys> Scheduler::signing_keys() const {
  return impl_->wait<SigningKeys>([&](auto reply) { signing_keys(std::move(reply)); });
}

void Scheduler::rotate_signing_keys(Operator by, Reply<SigningKeys> reply) {
  impl_->send(to_scheduler::RotateSigningKeys{std::move(by), std::move(reply)});
}

Result<SigningKeys> Scheduler::rotate_signing_keys(Operator by) {
  return impl_->wait<SigningKeys>([&](auto reply) { rotate_signing_keys(std::move(by), std::move(reply)); });
}

StoredLimits Scheduler::limits() const { return StoredLimits(*impl_); }

void Scheduler::hindrance(Reply<std::string> reply) const { impl_->send(to_scheduler::AskHindrance{std::move(reply)}); }

Result<std::string> Scheduler::hindrance() const {
  return impl_->wait<std::string>([&](auto reply) { hindrance(std::move(reply)); });
}

void Scheduler::stop() { impl_->stop(); }

void Scheduler::stop(std::function<void()> done) { impl_->stop(std::move(done)); }

} // namespace sluice
