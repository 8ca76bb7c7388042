#include "http/transport/resolver_pool.hpp"

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>

#include <boost/asio/post.hpp>

namespace sluice::http {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t max_threads = 32;
constexpr std::size_t max_known_hosts = 1024;
constexpr Duration keep_thread = 10s;
constexpr Duration keep_addresses = 10s;
constexpr Duration keep_error = 1s;

Lookup ask(const Resolver& resolver, const std::string& host) {
  try {
    auto answer = resolver(host);
    if (!answer)
      return {{}, answer.error().message};
    Lookup lookup;
    for (const auto& text : *answer) {
      boost::system::error_code problem;
      if (auto address = asio::ip::make_address(text, problem); !problem)
        lookup.addresses.push_back(address);
    }
    if (lookup.addresses.empty())
      lookup.error = "it has no address";
    return lookup;
  } catch (const std::exception& error) { // The resolver may be a function of the embedding program.
    return {{}, error.what()};
  }
}

} // namespace

// Outlives the pool for as long as a look-up hangs.
struct ResolverPool::Shared {
  std::mutex mutex;
  std::condition_variable wake;
  std::deque<std::string> hosts;
  std::size_t threads = 0;
  std::size_t idle = 0;
  asio::io_context* io = nullptr; // Null once the pool is gone: the loop may be, too.
  ResolverPool* pool = nullptr; // Used on the loop's thread only.
  Resolver resolver;
};

ResolverPool::ResolverPool(asio::io_context& io, Resolver resolver) : shared_(std::make_shared<Shared>()) {
  shared_->io = &io;
  shared_->pool = this;
  shared_->resolver = std::move(resolver);
}

ResolverPool::~ResolverPool() {
  shared_->pool = nullptr;
  std::lock_guard lock(shared_->mutex);
  shared_->io = nullptr;
  shared_->hosts.clear();
  shared_->wake.notify_all();
}

std::shared_ptr<const Lookup> ResolverPool::find(const std::string& host, TimePoint now) {
  boost::system::error_code problem;
  if (auto address = asio::ip::make_address(host, problem); !problem)
    return std::make_shared<Lookup>(Lookup{{address}, {}});
  auto found = known_.find(host);
  if (found == known_.end())
    return nullptr;
  if (now < found->second.until)
    return found->second.lookup;
  known_.erase(found);
  return nullptr;
}

void ResolverPool::look_up(const std::string& host, Waiter& waiter) {
  auto [entry, is_new] = waiting_.try_emplace(host);
  entry->second.push_back(waiter);
  std::lock_guard lock(shared_->mutex);
  if (is_new)
    shared_->hosts.push_back(host);
  if (shared_->hosts.size() > shared_->idle && shared_->threads < max_threads)
    start_thread(shared_);
  shared_->wake.notify_one();
}

// Called with the mutex held.
void ResolverPool::start_thread(const std::shared_ptr<Shared>& shared) {
  try {
    std::thread([shared] { serve(shared); }).detach();
    ++shared->threads;
  } catch (const std::system_error&) {
    // No thread to be had: those that run will come to this host, or its callers time out.
  }
}

void ResolverPool::serve(const std::shared_ptr<Shared>& shared) {
  std::unique_lock lock(shared->mutex);
  auto is_due = [&] { return !shared->io || !shared->hosts.empty(); };
  for (;;) {
    ++shared->idle;
    auto has_work = shared->wake.wait_for(lock, keep_thread, is_due);
    --shared->idle;
    if (!has_work || !shared->io)
      break;
    auto host = std::move(shared->hosts.front());
    shared->hosts.pop_front();
    lock.unlock();
    auto lookup = std::make_shared<const Lookup>(ask(shared->resolver, host));
    lock.lock();
    if (!shared->io)
      break;
    asio::post(*shared->io, [shared, host, lookup] {
      if (shared->pool)
        shared->pool->on_found(host, lookup);
    });
  }
  --shared->threads;
}

void ResolverPool::on_found(const std::string& host, std::shared_ptr<const Lookup> lookup) {
  remember(host, lookup);
  auto entry = waiting_.find(host);
  Waiters waiters;
  waiters.swap(entry->second);
  waiting_.erase(entry);
  // A waiter may end others, or the pool itself.
  while (!waiters.empty()) {
    auto& waiter = waiters.front();
    waiters.pop_front();
    waiter.on_resolved(lookup);
  }
}

void ResolverPool::remember(const std::string& host, std::shared_ptr<const Lookup> lookup) {
  auto now = std::chrono::steady_clock::now();
  if (known_.size() >= max_known_hosts)
    std::erase_if(known_, [&](const auto& entry) { return entry.second.until <= now; });
  if (known_.size() >= max_known_hosts)
    known_.erase(known_.begin());
  auto keep = lookup->error.empty() ? keep_addresses : keep_error;
  known_.insert_or_assign(host, Known{std::move(lookup), now + keep});
}

} // namespace sluice::http
