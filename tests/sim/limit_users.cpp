#include "tests/sim/limit_users.hpp"

namespace sluice::sim {

namespace {

constexpr double capacity = 300;
const std::string name = "limit";
const LimitDefinition definition{{.rate = 0, .period = std::chrono::seconds{1}, .capacity = capacity}};

} // namespace

void LimitUsers::call() {
  if (!node_.is_up())
    return;
  const auto key = "bucket" + std::to_string(random_.between(1, 2));
  const auto kind = random_.between(1, 100);
  if (kind <= 45)
    take(key);
  else if (kind <= 60)
    acquire(key);
  else if (kind <= 75)
    reserve(key);
  else if (kind <= 88)
    commit(key);
  else if (kind <= 94)
    reset(key);
  else
    read(key, [](double) {});
}

void LimitUsers::take(const std::string& key) {
  const double count = random_.between(1, 40);
  journal_.note("take ", count, " of ", key);
  buckets_[key].asked += count;
  node_.ask_limits<LimitAnswer>(to_limits::Limit{{name, key, count}, {}}, on_taken(key, count));
}

void LimitUsers::acquire(const std::string& key) {
  const double count = random_.between(1, 40);
  const RateDuration patience{random_.between(std::chrono::milliseconds{0}, std::chrono::milliseconds{5000})};
  journal_.note("acquire ", count, " of ", key);
  buckets_[key].asked += count;
  node_.ask_limits<LimitAnswer>(to_limits::Acquire{WaitId{}, {name, key, count, patience}, {}}, on_taken(key, count));
}

Reply<LimitAnswer> LimitUsers::on_taken(const std::string& key, double count) {
  return [this, key, count](const Result<LimitAnswer>& answer) {
    journal_.note(count, " of ", key, " is ", !answer ? answer.error().message : answer->ok ? "granted" : "refused");
    on_answered(buckets_[key], count, answer && answer->ok);
  };
}

void LimitUsers::on_answered(Bucket& bucket, double count, bool granted) {
  bucket.asked -= count;
  (granted ? bucket.taken : bucket.refused) += count;
}

void LimitUsers::reserve(const std::string& key) {
  const double count = random_.between(1, 20);
  journal_.note("reserve ", count, " of ", key);
  to_limits::Reserve call{{name, key, count, RateDuration{1e15}}, {}};
  buckets_[key].asked += count;
  node_.ask_limits<ReservationAnswer>(std::move(call), [this, key, count](const Result<ReservationAnswer>& answer) {
    auto& bucket = buckets_[key];
    const bool granted = answer && answer->verdict.ok;
    on_answered(bucket, count, granted);
    if (!granted)
      return;
    journal_.note("reserved ", count, " of ", key);
    if (!bucket.reservations.emplace(answer->id, count).second)
      journal_.violate("I19: a reservation got an id that was given before");
  });
}

// Everything was used, so that nothing comes back and the bounds stay simple.
void LimitUsers::commit(const std::string& key) {
  auto& open = buckets_[key].reservations;
  if (open.empty() || buckets_[key].resets > 0)
    return;
  auto [id, count] = *open.begin();
  open.erase(open.begin());
  journal_.note("commit ", count, " of ", key);
  node_.ask_limits<bool>(to_limits::Settle{name, id, count, {}}, [this, key](const Result<bool>& settled) {
    if (settled && !*settled)
      journal_.violate("I19: a reservation of ", key, " was lost");
  });
}

void LimitUsers::reset(const std::string& key) {
  journal_.note("reset ", key);
  auto& bucket = buckets_[key];
  ++bucket.resets;
  node_.ask_limits<void>(to_limits::Reset{name, key, {}, {}}, [this, key](const Result<void>& answer) {
    journal_.note("reset ", key, ' ', answer.has_value());
    auto& reset = buckets_[key];
    --reset.resets;
    if (!answer)
      return;
    reset.taken = 0;
    reset.reservations.clear();
  });
}

void LimitUsers::read(const std::string& key, std::function<void(double)> then) {
  const auto refused = buckets_[key].refused;
  node_.ask_limits<LimitReading>(to_limits::Read{{name, key}, {}}, [this, key, refused,
                                                                    then = std::move(then)](const auto& answer) {
    if (!answer)
      return;
    const auto& bucket = buckets_[key];
    const bool may_be_reset = bucket.resets > 0 || bucket.may_be_reset;
    const auto found = capacity - answer->status.remaining;
    journal_.note("found ", found, " taken of ", key);
    const auto refused_meanwhile = bucket.refused - refused;
    check(key, may_be_reset ? 0 : bucket.taken, bucket.taken + bucket.asked + bucket.lost + refused_meanwhile, found);
    then(found);
  });
}

void LimitUsers::check(const std::string& key, double least, double most, double found) {
  if (found < least || found > most)
    journal_.violate("I19: of ", key, ' ', found, " tokens are taken, not ", least, " to ", most);
}

void LimitUsers::on_process_over() {
  for (auto& [key, bucket] : buckets_) {
    bucket.lost += std::exchange(bucket.asked, 0);
    bucket.may_be_reset = bucket.may_be_reset || std::exchange(bucket.resets, 0) > 0;
    // A reset that nobody answered may have made them void.
    if (bucket.may_be_reset)
      bucket.reservations.clear();
  }
}

void LimitUsers::on_up() {
  node_.ask_limits<void>(to_limits::Define{name, definition, {}, {}}, [](const Result<void>&) {});
  for (const auto& [key, bucket] : buckets_)
    read(key, [this, key = key](double found) {
      auto& known = buckets_[key];
      known.taken = found;
      known.lost = 0;
      known.may_be_reset = false;
    });
}

} // namespace sluice::sim
