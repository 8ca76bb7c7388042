// Compares cron with a clock that is watched minute by minute for years. Nothing of the
// oracle is shared with what it judges: expressions are tables of what matches, from which
// the text is made; local time is the C library's.
#include "actors/core/cron.hpp"

#include <array>
#include <bitset>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "actors/time_zones.hpp"

using namespace sluice;
using namespace std::chrono;

namespace {

struct FieldTable {
  std::string text;
  std::bitset<64> values;
  bool restricts = true;
};

struct Bounds {
  int first;
  int last;
};

constexpr std::array<Bounds, 5> bounds = {{{0, 59}, {0, 23}, {1, 31}, {1, 12}, {0, 6}}};
constexpr const char* month_names[] = {"",    "Jan", "FEB", "mar", "APR", "May", "JUN",
                                       "JUL", "AUG", "Sep", "OCT", "NOV", "DEC"};
constexpr const char* weekday_names[] = {"SUN", "Mon", "tue", "WED", "THU", "fri", "SAT"};

using Table = std::array<FieldTable, 5>;

// Makes fields: a text, and beside it what the text is meant to select.
class Generator {
public:
  explicit Generator(unsigned seed) : random_(seed) {}

  Table table() {
    for (;;) {
      Table table;
      for (std::size_t i = 0; i < table.size(); ++i)
        table[i] = field(i);
      if (happens(table))
        return table;
    }
  }

private:
  int between(int first, int last) {
    return first + static_cast<int>(random_() % static_cast<unsigned>(last - first + 1));
  }
  bool chance(int percent) { return between(1, 100) <= percent; }

  std::string value_text(std::size_t index, int value) {
    if (index == 3 && chance(50))
      return month_names[value];
    if (index == 4 && chance(50))
      return weekday_names[value];
    return (chance(10) ? "0" : "") + std::to_string(value);
  }

  FieldTable field(std::size_t index) {
    // Few minutes and hours, so that there are firings, but not millions of them.
    if (index >= 2 && chance(40))
      return star(index, 1);
    if (chance(20))
      return star(index, between(2, index == 0 ? 70 : 14));
    FieldTable sum;
    for (auto items = between(1, 3); items > 0; --items) {
      const auto item = range(index);
      sum.text += (sum.text.empty() ? "" : ",") + item.text;
      sum.values |= item.values;
    }
    return sum;
  }

  FieldTable star(std::size_t index, int step) {
    FieldTable field;
    field.text = (chance(50) ? "*" : "?") + (step > 1 || chance(20) ? "/" + std::to_string(step) : "");
    field.restricts = step > 1;
    select(field, bounds[index], step);
    return field;
  }

  FieldTable range(std::size_t index) {
    const auto limits = bounds[index];
    FieldTable field;
    const auto first = between(limits.first, limits.last);
    const auto last = between(first, limits.last);
    field.text = value_text(index, first);
    switch (between(0, 3)) {
    case 0:
      field.text += "-" + value_text(index, last);
      select(field, {first, last}, 1);
      break;
    case 1: {
      const auto step = between(1, 40);
      field.text += "-" + value_text(index, last) + "/" + std::to_string(step);
      select(field, {first, last}, step);
      break;
    }
    case 2: {
      const auto step = between(5, 40);
      field.text += "/" + std::to_string(step);
      select(field, {first, limits.last}, step);
      break;
    }
    default:
      field.values.set(static_cast<std::size_t>(first));
    }
    return field;
  }

  static void select(FieldTable& field, Bounds range, int step) {
    for (int value = range.first; value <= range.last; ++value)
      if ((value - range.first) % step == 0)
        field.values.set(static_cast<std::size_t>(value));
  }

  static bool happens(const Table& table) {
    if (table[4].restricts)
      return true;
    for (auto month : {1, 3, 5, 7, 8, 10, 12})
      if (table[3].values.test(static_cast<std::size_t>(month)))
        return true;
    const auto& days = table[2].values;
    return (days & std::bitset<64>((1ull << 30) - 1)).any(); // Up to the 29th.
  }

  std::mt19937 random_;
};

FieldTable plain(std::string text, std::initializer_list<int> values) {
  FieldTable field{std::move(text), {}};
  for (auto value : values)
    field.values.set(static_cast<std::size_t>(value));
  return field;
}

FieldTable all(std::string text = "*") { return {std::move(text), std::bitset<64>().set(), false}; }

std::vector<Table> fixed_tables() {
  std::bitset<64> sixths, last_days, workdays;
  for (int i = 0; i < 6; ++i)
    sixths.set(static_cast<std::size_t>(10 * i));
  for (int i : {28, 29, 30, 31})
    last_days.set(static_cast<std::size_t>(i));
  for (int i : {1, 2, 3, 4, 5})
    workdays.set(static_cast<std::size_t>(i));
  return {
      {FieldTable{"*/10", sixths}, all(), all(), all(), all()},
      {plain("0", {0}), all(), all(), all(), all("?")},
      {plain("0", {0}), plain("0", {0}), all(), all(), all()},
      {plain("30", {30}), plain("2", {2}), all(), all(), all()},
      {plain("0,15,30,45", {0, 15, 30, 45}), plain("1-3", {1, 2, 3}), all(), all(), all()},
      {plain("59", {59}), plain("23", {23}), FieldTable{"28-31", last_days}, all(), all()},
      {plain("0", {0}), plain("0", {0}), plain("29", {29}), plain("FEB", {2}), all()},
      {plain("0", {0}), plain("12", {12}), plain("30", {30}), plain("12", {12}), all()},
      {plain("15", {15}), plain("9", {9}), all(), all(), FieldTable{"MON-FRI", workdays}},
      {plain("0", {0}), plain("0", {0}), plain("13", {13}), all(), plain("5", {5})},
      {plain("1", {1}), plain("0", {0}), plain("31", {31}), plain("2", {2}), plain("Sun", {0})},
  };
}

std::string text_of(const Table& table) {
  std::string text;
  for (const auto& field : table)
    text += (text.empty() ? "" : " ") + field.text;
  return text;
}

bool matches(const Table& table, const std::tm& time) {
  const auto has = [&table](std::size_t field, int value) {
    return table[field].values.test(static_cast<std::size_t>(value));
  };
  if (!has(0, time.tm_min) || !has(1, time.tm_hour) || !has(3, time.tm_mon + 1))
    return false;
  if (table[2].restricts && table[4].restricts)
    return has(2, time.tm_mday) || has(4, time.tm_wday);
  return has(2, time.tm_mday) && has(4, time.tm_wday);
}

// Lets the C library show the clocks of a place.
class Place {
public:
  explicit Place(const char* name) {
    setenv("TZ", name, 1);
    tzset();
  }
  ~Place() {
    unsetenv("TZ");
    tzset();
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
};

// Walks through the minutes of some years, and shows those local times that are new.
void watch(year first, year end, const std::function<void(WallTime, const std::tm&)>& show) {
  constexpr long quarter = 15; // Offsets change at quarters of an hour only.
  const auto begin = sys_seconds(sys_days(first / January / 1)).time_since_epoch().count() / 60;
  const auto stop = sys_seconds(sys_days(end / January / 1)).time_since_epoch().count() / 60;
  constexpr long day = 24 * 60;
  std::vector<bool> seen(static_cast<std::size_t>(stop - begin + 2 * day));
  for (auto start = begin; start < stop; start += quarter) {
    const std::time_t time = start * 60;
    std::tm local{};
    localtime_r(&time, &local);
    const auto place = static_cast<std::size_t>(start - begin + day + local.tm_gmtoff / 60);
    for (long i = 0; i < quarter; ++i, ++local.tm_min) {
      if (!seen[place + static_cast<std::size_t>(i)])
        show(WallTime{minutes{start + i}}, local);
      seen[place + static_cast<std::size_t>(i)] = true;
    }
  }
}

// Asking the database is most of the work: remembers its last answer.
core::TimeZone remembering(core::TimeZone zone) {
  auto last = std::make_shared<core::OffsetPeriod>(zone(sys_seconds{}));
  return [zone = std::move(zone), last = std::move(last)](sys_seconds time) {
    if (time < last->begin || time >= last->end)
      *last = zone(time);
    return *last;
  };
}

struct Candidate {
  Table table;
  core::Cron cron;
  WallTime due;
};

Candidate candidate(const Table& table, WallTime start, const core::TimeZone& zone) {
  auto cron = core::Cron::parse(text_of(table));
  INFO(text_of(table));
  REQUIRE(cron);
  const auto due = cron->next(start, zone);
  return {table, *cron, due};
}

// Counts the minutes at which a candidate fires and should not, or the other way round.
class Judge {
public:
  Judge(std::vector<Candidate> candidates, const core::TimeZone& zone)
      : candidates_(std::move(candidates)), zone_(zone) {
    for (std::size_t i = 0; i < candidates_.size(); ++i)
      for (std::size_t minute = 0; minute < 60; ++minute)
        if (candidates_[i].table[0].values.test(minute))
          by_minute_[minute].push_back(i);
  }

  void show(WallTime time, const std::tm& local) {
    for (auto i : by_minute_[static_cast<std::size_t>(local.tm_min)])
      if (auto& candidate = candidates_[i]; matches(candidate.table, local)) {
        ++firings_;
        if (candidate.due != time)
          complain(candidate, time);
        candidate.due = candidate.cron.next(time, zone_);
      }
  }

  // What is due must not have been passed over.
  void end(WallTime time) {
    for (const auto& candidate : candidates_)
      if (candidate.due < time)
        complain(candidate, time);
  }

  const std::string& complaint() const { return complaint_; }
  long firings() const { return firings_; }

private:
  void complain(const Candidate& candidate, WallTime time) {
    if (complaint_.empty())
      complaint_ = candidate.cron.text() + ": the clock fires at " + std::to_string(time.time_since_epoch().count()) +
                   ", next was " + std::to_string(candidate.due.time_since_epoch().count());
  }

  std::vector<Candidate> candidates_;
  const core::TimeZone& zone_;
  std::array<std::vector<std::size_t>, 60> by_minute_;
  std::string complaint_;
  long firings_ = 0;
};

struct Walk {
  const char* zone;
  year first;
  year end;
};

} // namespace

TEST_CASE("Cron fires exactly when a clock that is watched for years does", "[actors]") {
  const auto walk = GENERATE(Walk{"UTC", 2023y, 2026y}, Walk{"Europe/Berlin", 2022y, 2026y},
                             Walk{"America/New_York", 2022y, 2025y}, Walk{"Australia/Lord_Howe", 2022y, 2026y},
                             Walk{"Asia/Kolkata", 2023y, 2025y}, Walk{"America/Sao_Paulo", 2016y, 2020y},
                             Walk{"Africa/Casablanca", 2022y, 2026y}, Walk{"Pacific/Apia", 2010y, 2013y});
  const auto seed = std::random_device{}();
  CAPTURE(walk.zone, seed);
  const auto zone = time_zone(walk.zone);
  REQUIRE(zone);
  const auto remembered = remembering(*zone);
  const WallTime start = sys_days(walk.first / January / 1);

  std::vector<Candidate> candidates;
  for (const auto& table : fixed_tables())
    candidates.push_back(candidate(table, start - 1ms, remembered));
  Generator generator(seed);
  for (int i = 0; i < 100; ++i)
    candidates.push_back(candidate(generator.table(), start - 1ms, remembered));

  Judge judge(std::move(candidates), remembered);
  const Place place(walk.zone);
  watch(walk.first, walk.end, [&judge](WallTime time, const std::tm& local) { judge.show(time, local); });
  judge.end(sys_days(walk.end / January / 1));
  CHECK(judge.firings() > 100'000);
  CHECK(judge.complaint() == "");
}
