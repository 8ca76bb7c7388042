#include "tests/sim/destination.hpp"

namespace sluice::sim {

using namespace std::chrono_literals;

namespace {

std::string header(const Headers& headers, std::string_view name) {
  for (const auto& one : headers)
    if (one.name == name)
      return one.value;
  return {};
}

} // namespace

// Cancels the call when the process lets go of it.
struct Destination::SentCall : Transport::Call {
  explicit SentCall(std::shared_ptr<bool> cancelled) : cancelled(std::move(cancelled)) {}
  ~SentCall() override { *cancelled = true; }
  std::shared_ptr<bool> cancelled;
};

std::unique_ptr<Transport::Call> Destination::send(OutgoingRequest request, Done done) {
  auto cancelled = std::make_shared<bool>(false);
  auto id = MessageId::parse(header(request.headers, "Upstash-Message-Id")).value();
  auto retried = std::stoi(header(request.headers, "Upstash-Retried"));
  journal_.note("start ", id.sequence(), " retried ", retried);
  auto* tracked = ledger_.on_start(id, retried, process_);
  if (tracked) {
    keys_.on_start(*tracked, ledger_);
    open_.insert(id.sequence());
    auto answer = draw_answer(request);
    time_.after(answer.latency,
                [this, id, process = process_, cancelled, outcome = std::move(answer.outcome), done = std::move(done)] {
                  if (!*cancelled && process == process_)
                    end(id.sequence(), process, outcome, done);
                });
  }
  return std::make_unique<SentCall>(std::move(cancelled));
}

Destination::Answer Destination::draw_answer(const OutgoingRequest& request) {
  if (healed_)
    return {random_.between(0ms, 50ms), Outcome{200}};
  if (random_.chance(plan_.hangs))
    return {request.timeout, Outcome{0, {}, {}, "timeout"}};
  auto latency = random_.between(0ms, random_.chance(plan_.slow) ? 10'000ms : plan_.latency);
  if (latency >= request.timeout)
    return {request.timeout, Outcome{0, {}, {}, "timeout"}};
  if (random_.chance(plan_.lost_answers))
    return {latency, Outcome{0, {}, {}, "connection reset"}};
  Answer answer{latency, Outcome{draw_status()}};
  if (random_.chance(plan_.retry_after))
    answer.outcome.headers.push_back({"Retry-After", std::to_string(random_.between(0, 5))});
  if (answer.outcome.status == 489)
    answer.outcome.headers.push_back({"Upstash-NonRetryable-Error", "true"});
  return answer;
}

int Destination::draw_status() {
  if (!random_.chance(plan_.errors))
    return 200;
  static const std::vector<int> statuses{500, 503, 404, 429, 302, 489};
  return random_.pick(statuses);
}

void Destination::end(Sequence sequence, int process, Outcome outcome, const Done& done) {
  forget(sequence, process);
  journal_.note("answer ", sequence, " status ", outcome.status);
  if (loses_outcome && loses_outcome())
    return;
  auto& tracked = ledger_.at(sequence);
  tracked.last->told = outcome.status;
  tracked.last->not_again_before =
      time_.furthest() + delay_before_retry(*tracked.message, outcome, tracked.last->retried);
  done(std::move(outcome));
}

void Destination::forget(Sequence sequence, int process) {
  if (process == process_ && open_.erase(sequence) > 0)
    keys_.on_over(*ledger_.at(sequence).message);
}

// As documented: what the answer asks for, or the message, or growing pauses.
Duration Destination::delay_before_retry(const Message& message, const Outcome& outcome, int retried) const {
  if (auto asked = header(outcome.headers, "Retry-After"); !asked.empty())
    return std::chrono::seconds{std::stoi(asked)};
  if (message.request.retry_delay)
    return std::chrono::milliseconds{std::stoi(*message.request.retry_delay)};
  return retried == 0 ? 12s : 148s;
}

void Destination::cut(int process) {
  journal_.note("cut ", open_.size(), " calls");
  open_.clear();
  process_ = process;
}

} // namespace sluice::sim
