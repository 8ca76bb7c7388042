// A durable store driven from the main thread, and messages for it.
#pragma once

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>

#include "actors/store/sqlite_store.hpp"
#include "tests/support/mailbox.hpp"

namespace bench {

class Stopwatch {
public:
  double ms() const {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start_).count();
  }

private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

class Arguments {
public:
  Arguments(int count, char** values) : count_(count), values_(values) {}

  std::string text(const char* name, const char* otherwise) const {
    for (int at = 1; at + 1 < count_; ++at)
      if (std::strcmp(values_[at], name) == 0)
        return values_[at + 1];
    return otherwise;
  }
  std::size_t number(const char* name, std::size_t otherwise) const {
    auto found = text(name, "");
    return found.empty() ? otherwise : std::strtoull(found.c_str(), nullptr, 10);
  }

private:
  int count_;
  char** values_;
};

/// Opens the store in `--directory` (`store_bench` here, emptied first unless `--keep 1`).
class Driver {
public:
  explicit Driver(const Arguments& arguments) : directory_(arguments.text("--directory", "store_bench")) {
    if (arguments.number("--keep", 0) == 0)
      std::filesystem::remove_all(directory_);
    sluice::SqliteStoreOptions options;
    options.directory = directory_;
    options.durability =
        arguments.text("--durability", "full") == "full" ? sluice::Durability::full : sluice::Durability::normal;
    auto opened = sluice::SqliteStore::open(options, [this](auto work) { mailbox_.post(std::move(work)); });
    if (!opened)
      fail(opened.error());
    store = std::move(opened.value());
  }

  void commit(sluice::Changes changes) {
    bool answered = false;
    store->commit(std::move(changes), {store->opening().generation}, [&](sluice::Result<void> result) {
      answered = true;
      if (!result)
        fail(result.error());
    });
    while (!answered)
      mailbox_.run_one();
  }

  sluice::Store::LogSlice log(const sluice::LogQuery& query) {
    std::optional<sluice::Store::LogSlice> slice;
    store->log(query, [&](sluice::Store::LogSlice found) { slice = std::move(found); });
    while (!slice)
      mailbox_.run_one();
    return std::move(*slice);
  }

  std::size_t log_bytes() const { return std::filesystem::file_size(directory_ + "/sluice.db-wal"); }

  std::unique_ptr<sluice::SqliteStore> store;

private:
  [[noreturn]] static void fail(const sluice::Error& error) {
    std::fprintf(stderr, "%s\n", error.message.c_str());
    std::exit(1);
  }

  std::string directory_;
  sluice::test::Mailbox mailbox_;
};

/// Messages with bodies of 100 to 700 bytes and three headers, one key after the other.
class MessageSource {
public:
  explicit MessageSource(std::size_t keys, sluice::Sequence last = 0) : keys_(keys), last_(last) {}

  std::shared_ptr<const sluice::Message> next() {
    auto message = std::make_shared<sluice::Message>();
    ++last_;
    message->id = {(std::uint64_t{1'700'000'000'000} << 16) + last_, 1};
    auto& request = message->request;
    request.destination = sluice::UrlDestination{"https://destination.example/webhooks/orders"};
    request.headers = {
        {"Content-Type", "application/json"}, {"X-Tenant", "customer-42"}, {"X-Trace", "0af7651916cd43dd"}};
    request.body = sluice::Body(std::string(100 + last_ * 7919 % 600, 'x'));
    request.flow_control = sluice::FlowControl{{"customer-" + std::to_string(last_ % keys_)}, {}};
    message->created_at = message->not_before = now();
    return message;
  }

  /// Forty messages a millisecond.
  sluice::WallTime now() const {
    return sluice::WallTime{std::chrono::milliseconds{1'700'000'000'000 + static_cast<std::int64_t>(last_ / 40)}};
  }

private:
  std::size_t keys_;
  sluice::Sequence last_;
};

} // namespace bench
