#include "tests/sim/clients.hpp"

namespace sluice::sim {

using namespace std::chrono_literals;

namespace {

std::int64_t places(const std::vector<core::FlowConfig>& configs) {
  std::int64_t most = 0;
  for (const auto& config : configs)
    most = std::max(most, config.limits.parallelism.value_or(1));
  return most;
}

} // namespace

// --- publish -----------------------------------------------------------------

void Clients::publish() {
  int count = random_.between(1, plan_.burst);
  if (random_.chance(plan_.batched))
    return send_batch(count);
  for (; count > 0; --count)
    send(draw_request());
}

PublishRequest Clients::draw_request() {
  PublishRequest request{UrlDestination{}};
  request.retries = random_.between(0, 3);
  bool long_pauses = request.retries <= 2 && random_.chance(20);
  if (!long_pauses)
    request.retry_delay = std::to_string(random_.between(0, 5000));
  if (random_.chance(plan_.delayed))
    request.delay = random_.between(1ms, 20'000ms);
  else if (random_.chance(plan_.delayed))
    request.not_before = time_.now().wall + std::chrono::milliseconds{random_.between(-1000, 20'000)};
  if (random_.chance(plan_.with_key)) {
    const auto& key = random_.pick(plan_.keys);
    request.flow_control = FlowControl{key.key, random_.pick(key.limits)};
  }
  if (random_.chance(plan_.in_queue))
    request.queue = random_.pick(plan_.queues);
  if (random_.chance(plan_.deduplicated))
    request.deduplication = DeduplicationId{"d" + std::to_string(random_.between(1, 10))};
  if (random_.chance(10))
    request.timeout = random_.between(500ms, 5000ms);
  if (random_.chance(plan_.with_callback))
    request.callback = draw_callback(callback_url);
  if (random_.chance(plan_.with_failure_callback))
    request.failure_callback = draw_callback(failure_url);
  return request;
}

std::shared_ptr<const Callback> Clients::draw_callback(const std::string& url) {
  Callback callback{url};
  callback.retries = random_.between(0, 2);
  callback.retry_delay = std::to_string(random_.between(0, 5000));
  if (const auto& key = random_.pick(plan_.keys); key.is_steady() && random_.chance(plan_.with_key)) {
    callback.flow_control = FlowControl{key.key, key.limits.front()};
    keys_.may_use(*callback.flow_control);
  }
  return std::make_shared<const Callback>(std::move(callback));
}

void Clients::send(PublishRequest request) {
  if (!node_.is_up())
    return;
  auto sent = begin(std::move(request));
  to_scheduler::Publish call{unnumbered(sent.request), {}};
  node_.ask<Published>(std::move(call), [this, sent](const auto& answer) { on_published(sent, answer); });
}

void Clients::send_batch(int count) {
  if (!node_.is_up())
    return;
  std::vector<Sent> all;
  to_scheduler::PublishBatch call;
  for (; count > 0; --count) {
    all.push_back(begin(draw_request()));
    call.requests.emplace_back(all.back().request);
  }
  ledger_.on_batch(all.front().number, all.back().number);
  node_.ask<std::vector<BatchAnswer>>(std::move(call), [this, all](const Result<std::vector<BatchAnswer>>& answers) {
    for (std::size_t i = 0; i < all.size(); ++i) {
      auto answer = answers ? answers->at(i) : BatchAnswer(answers.error());
      on_published(all[i], answer ? Result<Published>(answer->front()) : Result<Published>(answer.error()));
    }
  });
}

Clients::Sent Clients::begin(PublishRequest request) {
  int number = ++last_number_;
  request.destination = UrlDestination{url_of(number)};
  auto wait = request.not_before ? Duration{*request.not_before - time_.now().wall} : request.delay;
  ledger_.on_call(number, time_.furthest(), time_.furthest() + std::max<Duration>(wait, Duration{0}));
  journal_.note("publish ", number);
  std::optional<ConfigHistory::Number> use;
  if (request.flow_control)
    use = keys_.at(request.flow_control->key).history.call(core::UseLimits{request.flow_control->limits});
  if (request.deduplication)
    open_.emplace(number, request);
  return {number, std::move(request), use};
}

void Clients::on_published(const Sent& sent, const Result<Published>& answer) {
  const auto& [number, request, use] = sent;
  open_.erase(number);
  bool is_new = answer && !answer->deduplicated;
  if (use)
    keys_.at(request.flow_control->key).history.answer(*use, is_new, time_.elapsed());
  journal_.note("published ", number,
                answer ? " as " : " error: ", answer ? std::to_string(answer->id.sequence()) : answer.error().message);
  if (answer)
    ledger_.on_accepted(answer->id, number, request, is_new);
}

void Clients::on_process_over() {
  knows_signing_keys_ = knows_signing_keys_ && rotations_ == 0;
  rotations_ = 0;
  for (auto& [number, request] : std::exchange(open_, {}))
    time_.after(random_.between(0ms, 6000ms), [this, request = request] { send(request); });
}

// --- cancel ------------------------------------------------------------------

void Clients::cancel() {
  if (!node_.is_up())
    return;
  keys_.on_withdrawal();
  if (random_.chance(80))
    cancel_one();
  else if (plan_.queues.empty() || random_.chance(70))
    cancel_many();
  else
    delete_queue();
}

void Clients::cancel_one() {
  if (ledger_.messages().empty())
    return;
  auto& [sequence, tracked] =
      *std::next(ledger_.messages().begin(), static_cast<std::ptrdiff_t>(random_.below(ledger_.messages().size())));
  journal_.note("cancel ", sequence);
  bool first = !std::exchange(ledger_.at(sequence).cancel_began, true);
  node_.ask<void>(to_scheduler::Cancel{tracked.message->id, {}, {}}, [this, first, sequence = sequence](auto answer) {
    journal_.note("cancelled ", sequence, ' ', answer.has_value());
    if (answer)
      ledger_.on_cancelled(sequence);
    else if (first && answer.error().code == ErrorCode::not_found && !ledger_.at(sequence).is_over())
      journal_.violate("I1: ", sequence, " is not found by a cancellation");
  });
}

void Clients::cancel_many() {
  auto key = random_.pick(plan_.keys).key;
  auto all = random_.chance(20);
  auto sequences =
      cancelling([&](const PublishRequest& one) { return all || (one.flow_control && one.flow_control->key == key); });
  CancelFilter filter;
  if (!all)
    filter.flow_control_keys = {key.text};
  journal_.note("cancel all of ", all ? "everything" : key.text);
  node_.ask<std::size_t>(to_scheduler::CancelAll{filter, {}, {}}, [this, sequences](auto answer) {
    ledger_.on_bulk_cancel_over();
    if (answer)
      cancelled(sequences);
  });
}

void Clients::delete_queue() {
  auto queue = random_.pick(plan_.queues);
  auto sequences = cancelling([&](const PublishRequest& one) { return one.queue == queue; });
  keys_.at(queue_key(queue)).may_be_gone = true;
  auto& history = keys_.at(queue_key(queue)).history;
  auto number = history.call(core::Restore{{{1, {}, min_rate_period}}});
  journal_.note("delete ", queue.text);
  node_.ask<void>(to_scheduler::DeleteQueue{queue, {}, {}}, [this, sequences, number, &history](auto answer) {
    journal_.note("deleted ", answer.has_value());
    ledger_.on_bulk_cancel_over();
    history.answer(number, answer.has_value(), time_.elapsed());
    if (answer)
      cancelled(sequences);
  });
}

std::vector<Sequence> Clients::cancelling(const std::function<bool(const PublishRequest&)>& selects) {
  std::vector<Sequence> sequences;
  for (const auto& [sequence, tracked] : ledger_.messages())
    if (!tracked.is_over() && selects(tracked.message->request))
      sequences.push_back(sequence);
  ledger_.on_bulk_cancel();
  return sequences;
}

void Clients::cancelled(const std::vector<Sequence>& sequences) {
  journal_.note("cancelled ", sequences.size());
  for (auto sequence : sequences)
    ledger_.on_cancelled(sequence);
}

// --- read --------------------------------------------------------------------

void Clients::read() {
  if (random_.chance(50))
    read_message();
  else
    read_key();
}

void Clients::read_message() {
  if (ledger_.messages().empty())
    return;
  auto& [sequence, tracked] =
      *std::next(ledger_.messages().begin(), static_cast<std::ptrdiff_t>(random_.below(ledger_.messages().size())));
  bool was_over = tracked.is_over();
  node_.ask<MessageInfo>(to_scheduler::FindMessage{tracked.message->id, {}},
                         [this, was_over, sequence = sequence](auto answer) {
                           if (!answer || (was_over && !is_terminal(answer->state)))
                             journal_.violate("I2: a reader finds ", sequence, " in another state");
                         });
}

void Clients::read_key() {
  auto key = random_.pick(plan_.keys).key;
  node_.ask<FlowControlInfo>(to_scheduler::FindKey{key, {}}, [this, asked = time_.elapsed()](auto answer) {
    if (answer)
      audit_.check_config(*answer, asked);
  });
}

// --- operate -----------------------------------------------------------------

void Clients::operate() {
  auto kind = random_.between(1, 100);
  if (kind <= 60)
    operate_key();
  else if (kind <= 75 && !plan_.queues.empty())
    operate_queue();
  else if (kind <= 97)
    operate_dlq();
  else
    rotate();
}

void Clients::operate_key() {
  const auto& plan = random_.pick(plan_.keys);
  auto kind = random_.between(1, plan.is_pinned_at_times ? 9 : 5);
  if (kind <= 2) {
    operate(plan.key, core::Pause{});
    time_.after(random_.between(0ms, 15'000ms), [this, key = plan.key] { operate(key, core::Resume{}); });
  } else if (kind == 3) {
    operate(plan.key, core::Resume{});
  } else if (kind <= 5) {
    reset(plan.key, kind == 4 ? core::FlowOperation{core::Reset{}} : core::FlowOperation{core::ResetRate{}});
  } else if (kind <= 7) {
    reset(plan.key, draw_pin(plan));
  } else {
    operate(plan.key, UnpinRequest{random_.chance(70), random_.chance(70)});
  }
}

PinRequest Clients::draw_pin(const KeyPlan& plan) {
  PinRequest pin;
  if (random_.chance(60))
    pin.parallelism = random_.between(1, 4);
  const auto& limits = random_.pick(plan.limits);
  if (!pin.parallelism || random_.chance(50)) {
    pin.rate = limits.rate.value_or(2) + random_.between(0, 2);
    pin.period = limits.period;
  }
  return pin;
}

void Clients::operate(const FlowControlKey& key, core::FlowOperation operation) {
  if (!node_.is_up())
    return;
  auto& history = keys_.at(key).history;
  auto number = history.call(operation);
  journal_.note("operation ", operation.index(), " on ", key.text);
  node_.ask<void>(to_scheduler::Operate{key, operation, {}, {}}, [this, number, &history, key](auto answer) {
    journal_.note("operated on ", key.text, ' ', answer ? "" : answer.error().message);
    history.answer(number, answer.has_value(), time_.elapsed());
  });
}

void Clients::reset(const FlowControlKey& key, core::FlowOperation operation) {
  if (node_.is_up())
    keys_.at(key).starts.resets.push_back({time_.elapsed(), Duration::max()});
  operate(key, std::move(operation));
}

void Clients::operate_queue() {
  auto queue = random_.pick(plan_.queues);
  QueueSettings settings;
  if (random_.chance(50))
    settings.parallelism = random_.between(1, 3);
  if (random_.chance(50)) {
    settings.paused = true;
    time_.after(random_.between(0ms, 15'000ms), [this, queue] { set_queue(queue, {{}, false}); });
  }
  set_queue(queue, settings);
}

void Clients::set_queue(const QueueName& queue, QueueSettings settings) {
  if (!node_.is_up())
    return;
  auto& watched = keys_.at(queue_key(queue));
  watched.most_places = std::max(watched.most_places, places(watched.history.possible(time_.elapsed())));
  auto& history = watched.history;
  auto number = history.call(settings);
  journal_.note("set ", queue.text, " parallelism ", settings.parallelism.value_or(0), " paused ",
                settings.paused.value_or(false));
  node_.ask<void>(to_scheduler::SetQueue{queue, settings, {}, {}}, [this, number, &history](auto answer) {
    journal_.note("set ", answer.has_value());
    history.answer(number, answer.has_value(), time_.elapsed());
  });
}

void Clients::operate_dlq() {
  DlqBulk bulk;
  bulk.count = static_cast<std::size_t>(random_.between(1, 20));
  if (random_.chance(30)) {
    journal_.note("delete from the DLQ");
    return node_.ask<DlqDeleted>(to_scheduler::DeleteDlq{bulk, {}, {}}, [](auto) {});
  }
  journal_.note("retry from the DLQ");
  for (const auto& key : plan_.keys)
    for (int i = 0; i < 2; ++i)
      for (const auto& limits : key.limits)
        keys_.at(key.key).history.call_unsure(core::UseLimits{limits});
  node_.ask<DlqRetried>(to_scheduler::RetryDlq{bulk, {}, {}, {}}, [this](auto answer) {
    if (answer)
      for (const auto& one : answer->messages)
        ledger_.on_retried(one.id);
  });
}

void Clients::rotate() {
  if (!node_.is_up())
    return;
  ++rotations_;
  node_.ask<SigningKeys>(to_scheduler::RotateSigningKeys{{}, {}}, [this](auto answer) {
    --rotations_;
    if (answer)
      signing_keys_ = *answer;
    knows_signing_keys_ = answer.has_value();
  });
}

void Clients::check_signing_keys() {
  node_.ask<SigningKeys>(to_scheduler::ReadSigningKeys{}, [this](auto answer) {
    if (knows_signing_keys_ && (answer->current != signing_keys_.current || answer->next != signing_keys_.next))
      journal_.violate("I18: the signing keys are not those that were answered last");
  });
}

// --- the end -----------------------------------------------------------------

void Clients::release() {
  for (const auto& one : plan_.keys)
    operate(one.key, core::Resume{});
  for (const auto& queue : plan_.queues)
    set_queue(queue, {{}, false});
}

} // namespace sluice::sim
