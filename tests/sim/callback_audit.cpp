#include "tests/sim/callback_audit.hpp"

#include <algorithm>

namespace sluice::sim {

namespace {

// Of a JSON object's own fields, which come before those of any object in it.
std::string field(std::string_view json, const std::string& name) {
  auto label = '"' + name + "\":";
  auto begin = json.find(label) + label.size();
  auto value = json.substr(begin, json.find_first_of(",}", begin) - begin);
  return value.starts_with('"') ? std::string(value.substr(1, value.size() - 2)) : std::string(value);
}

} // namespace

void CallbackAudit::on_stored(const Changes& changes) {
  found_.clear();
  for (const auto& change : changes)
    if (const auto* insert = std::get_if<InsertMessage>(&change); insert && is_callback(*insert->message))
      found_.push_back({insert->message, report_of(*insert->message)});
  for (const auto& change : changes)
    std::visit([this](const auto& one) { expect(one); }, change);
  check_others(changes);
}

CallbackAudit::Report CallbackAudit::report_of(const Message& callback) {
  auto json = callback.request.body.view();
  auto source = MessageId::parse(field(json, "sourceMessageId")).value();
  return {callback.destination().url, source.sequence(), std::stoi(field(json, "retried")),
          std::stoi(field(json, "status"))};
}

void CallbackAudit::expect(const RetryMessage& change) {
  const auto& source = ledger_.messages().at(change.sequence);
  if (source.message->request.callback)
    expect(callback_url, source, change.attempts);
  attempts_[change.sequence] = change.attempts;
}

// One that was cancelled while it waited has no attempt that would not have been told.
void CallbackAudit::expect(const FinishMessage& change) {
  const auto& source = ledger_.messages().at(change.sequence);
  const auto& request = source.message->request;
  if (request.callback && change.attempts > attempts_[change.sequence])
    expect(callback_url, source, change.attempts);
  if (request.failure_callback && change.state == MessageRow::State::failed)
    expect(failure_url, source, change.attempts);
}

void CallbackAudit::expect(const std::string& url, const Tracked& source, int attempts) {
  auto sequence = source.message->id.sequence();
  int status = source.last ? source.last->told.value_or(-1) : -1;
  Report expected{url, sequence, attempts - 1, status};
  auto found = std::find_if(found_.begin(), found_.end(), [&](const auto& one) { return one.report == expected; });
  if (found == found_.end())
    return journal_.violate("I16: attempt ", attempts, " of ", sequence, " is stored without its callback");
  journal_.note("callback ", found->message->id.sequence(), " tells of ", sequence, " status ", status);
  if (source.is_over())
    check_queue(source, *found->message);
  found_.erase(found);
}

// A queue waits for the callbacks of a message that has ended.
void CallbackAudit::check_queue(const Tracked& source, const Message& callback) {
  const auto& queue = source.message->request.queue;
  if (queue && !keys_.at(queue_key(*queue)).may_be_gone &&
      (callback.request.queue != queue || !callback.is_first_in_queue))
    journal_.violate("I16: callback ", callback.id.sequence(), " is not the first in ", queue->text);
}

// A callback that failed may come back from the DLQ.
void CallbackAudit::check_others(const Changes& changes) {
  for (const auto& message : ledger_.leaving_dlq(changes))
    if (is_callback(*message)) {
      auto report = report_of(*message);
      auto found = std::find_if(found_.begin(), found_.end(), [&](const auto& one) { return one.report == report; });
      if (found != found_.end())
        found_.erase(found);
    }
  for (const auto& one : found_)
    journal_.violate("I16: callback ", one.message->id.sequence(), " tells again of attempt ", one.report.retried + 1,
                     " of ", one.report.source);
}

} // namespace sluice::sim
