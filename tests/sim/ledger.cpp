#include "tests/sim/ledger.hpp"

#include <algorithm>

namespace sluice::sim {

namespace {

const std::string base = "http://destination.test/";

const char* name(MessageRow::State state) {
  static const char* const names[] = {"pending", "delivered", "failed", "cancelled"};
  return names[static_cast<int>(state)];
}

std::string deduplication_of(const PublishRequest& request) {
  return request.deduplication ? std::get<DeduplicationId>(*request.deduplication).text : std::string{};
}

} // namespace

const std::string callback_url = base + "callback";
const std::string failure_url = base + "failure";

int number_of(const std::string& url) { return std::atoi(url.c_str() + base.size()); }
std::string url_of(int number) { return base + std::to_string(number); }

bool is_callback(const Message& message) {
  const auto& url = message.destination().url;
  return url == callback_url || url == failure_url;
}

// --- the clients -------------------------------------------------------------

void Ledger::on_accepted(MessageId id, int number, const PublishRequest& request, bool is_new) {
  on_retried(id);
  if (!contains(id.sequence()))
    return;
  const auto& tracked = at(id.sequence());
  if (is_new && tracked.number != number)
    journal_.violate("I12: request ", number, " got the id of request ", tracked.number);
  if (!is_new && deduplication_of(tracked.message->request) != deduplication_of(request))
    journal_.violate("I13: request ", number, " is no duplicate of ", id.sequence());
}

void Ledger::on_retried(MessageId id) {
  accepted_.insert(id.sequence());
  if (!contains(id.sequence()))
    journal_.violate("I1: message ", id.sequence(), " was accepted and is not on the disk");
}

void Ledger::on_bulk_cancel() {
  ++bulk_cancels_;
  for (auto& [sequence, tracked] : messages_)
    tracked.cancel_began = true;
}

void Ledger::on_cancelled(Sequence sequence) {
  auto& tracked = messages_.at(sequence);
  if (!tracked.cancelled_at)
    tracked.cancelled_at = time_.elapsed();
}

// --- the disk ----------------------------------------------------------------

void Ledger::on_batch(int first, int last) {
  for (int number = first; number <= last; ++number)
    batches_[number] = first;
}

void Ledger::on_stored(const Changes& changes) {
  ++groups_;
  for (const auto& change : changes)
    std::visit([this](const auto& one) { store(one); }, change);
}

void Ledger::store(const InsertMessage& change) {
  auto sequence = change.message->id.sequence();
  if (!messages_.empty() && messages_.rbegin()->first >= sequence)
    journal_.violate("I12: id ", sequence, " is not larger than the one before");
  auto number = number_of(change.message->destination().url);
  if (number > 0)
    check_number(number);
  else
    accepted_.insert(sequence); // What it is stored with tells that it is there.
  Tracked tracked;
  tracked.number = number;
  tracked.message = change.message;
  tracked.listed_at = time_.elapsed();
  tracked.cancel_began = bulk_cancels_ > 0;
  tracked.not_before = number > 0 ? calls_.at(number).not_before : Duration{0};
  messages_.emplace(sequence, std::move(tracked));
  journal_.note("stored ", sequence, " of request ", number);
}

// A number that comes again is a retry from the DLQ.
void Ledger::check_number(int number) {
  bool is_new = stored_numbers_.insert(number).second;
  if (is_new && number < last_number_)
    journal_.violate("I12: request ", number, " got an id after request ", last_number_);
  last_number_ = std::max(last_number_, number);
  auto batch = batches_.find(number);
  if (is_new && batch != batches_.end() && batch_groups_.try_emplace(batch->second, groups_).first->second != groups_)
    journal_.violate("I17: the batch of request ", number, " is stored in parts");
}

void Ledger::store(const RetryMessage& change) {
  auto& tracked = messages_.at(change.sequence);
  journal_.note("retry of ", change.sequence, " after ", change.attempts);
  if (tracked.is_over() || !tracked.in_work || !tracked.last || tracked.last->retried + 1 != change.attempts)
    return journal_.violate("I3: a retry of ", change.sequence, " follows no attempt");
  tracked.in_work = false;
  tracked.listed_at = time_.elapsed();
  tracked.not_before = tracked.last->not_again_before;
}

void Ledger::store(const FinishMessage& change) {
  auto& tracked = messages_.at(change.sequence);
  journal_.note("end of ", change.sequence, ": ", name(change.state), " after ", change.attempts);
  check_end_of(tracked, change);
  tracked.in_work = false;
  tracked.state = change.state;
}

void Ledger::check_end_of(const Tracked& tracked, const FinishMessage& change) {
  using State = MessageRow::State;
  if (tracked.is_over())
    return journal_.violate("I2: ", change.sequence, " ends twice");
  int told = tracked.last ? tracked.last->told.value_or(-1) : -1;
  bool succeeded = told >= 200 && told < 300;
  if ((change.state == State::delivered) != (tracked.in_work && succeeded))
    journal_.violate("I2: ", change.sequence, " is ", name(change.state), " after status ", told);
  if (change.state == State::failed && tracked.last->retried < tracked.message->request.retries && told != 489)
    journal_.violate("I3: ", change.sequence, " failed with retries left");
  if (change.state == State::cancelled && !tracked.cancel_began)
    journal_.violate("I2: nobody has cancelled ", change.sequence);
}

void Ledger::store(const InsertDlqEntry& change) {
  if (!dlq_.insert(change.entry->id).second)
    journal_.violate("I2: ", change.entry->id.sequence, " is in the DLQ twice");
}

void Ledger::store(const DeleteDlqEntry& change) {
  journal_.note("leaves the DLQ: ", change.id.sequence);
  if (dlq_.erase(change.id) == 0)
    journal_.violate("I2: ", change.id.sequence, " leaves the DLQ twice");
}

std::vector<std::shared_ptr<const Message>> Ledger::leaving_dlq(const Changes& changes) const {
  std::vector<std::shared_ptr<const Message>> messages;
  for (const auto& change : changes)
    if (const auto* leaves = std::get_if<DeleteDlqEntry>(&change))
      messages.push_back(messages_.at(leaves->id.sequence).message);
  return messages;
}

// --- the destination ---------------------------------------------------------

Tracked* Ledger::on_start(MessageId id, int retried, int process) {
  auto found = messages_.find(id.sequence());
  if (found == messages_.end()) {
    journal_.violate("I1: ", id.sequence(), " starts before it is on the disk");
    return nullptr;
  }
  auto& tracked = found->second;
  if (tracked.is_over())
    journal_.violate("I2: ", id.sequence(), " starts after it was ", name(tracked.state));
  if (tracked.cancelled_at && *tracked.cancelled_at < time_.elapsed())
    journal_.violate("I18: ", id.sequence(), " starts after its cancellation was answered");
  if (time_.furthest() + std::chrono::milliseconds{1} < tracked.not_before)
    journal_.violate("I14: ", id.sequence(), " starts early");
  check_order(tracked, retried, process);
  tracked.last = Seen{retried, process, time_.elapsed(), {}, {}};
  tracked.in_work = true;
  return &tracked;
}

void Ledger::check_order(const Tracked& tracked, int retried, int process) {
  auto sequence = tracked.message->id.sequence();
  bool repeats = tracked.last && tracked.last->process != process && retried == tracked.last->retried;
  int next = tracked.last ? tracked.last->retried + 1 : 0;
  if (!repeats && retried != next)
    journal_.violate("I3: ", sequence, " is tried with number ", retried, " instead of ", next);
  if (retried > tracked.message->request.retries)
    journal_.violate("I3: ", sequence, " is tried more often than it may");
  if (tracked.in_work)
    journal_.violate("I4: ", sequence, " starts while it is in work");
}

void Ledger::on_process_over() {
  bulk_cancels_ = 0;
  for (auto& [sequence, tracked] : messages_)
    tracked.in_work = false;
}

// --- the end -----------------------------------------------------------------

std::size_t Ledger::open() const {
  return static_cast<std::size_t>(
      std::count_if(messages_.begin(), messages_.end(), [](const auto& one) { return !one.second.is_over(); }));
}

void Ledger::check_disk(const Store& disk) {
  for (auto sequence : accepted_) {
    auto row = disk.message(sequence);
    if (!row || (row->state == MessageRow::State::pending) == messages_.at(sequence).is_over())
      journal_.violate("I1: the disk has lost ", sequence, " or its end");
  }
}

void Ledger::check_duplicates(Duration window) {
  std::map<std::string, const Tracked*> before;
  for (const auto& [sequence, tracked] : messages_) {
    auto id = deduplication_of(tracked.message->request);
    auto*& last = before[id];
    if (!id.empty() && last && calls_.at(tracked.number).at - calls_.at(last->number).at < window)
      journal_.violate("I13: ", sequence, " has the deduplication id of ", last->message->id.sequence());
    last = &tracked;
  }
}

void Ledger::check_end(const Store& disk, Duration deduplication_window) {
  check_disk(disk);
  check_duplicates(deduplication_window);
  for (const auto& [sequence, tracked] : messages_)
    if (!tracked.is_over())
      journal_.violate("I1, I10: ", sequence, " has not ended");
  for (auto id : dlq_)
    if (messages_.at(id.sequence).state != MessageRow::State::failed || !disk.dlq_entry(id))
      journal_.violate("I2: the entry of ", id.sequence, " in the DLQ is wrong");
}

} // namespace sluice::sim
