#include <future>

#include <catch2/catch.hpp>

#include "tests/transport/client.hpp"
#include "tests/transport/scripted_server.hpp"

using namespace sluice;
using namespace sluice::test;
using namespace std::chrono_literals;

namespace {

// Answers are given on the threads of the transport; what they share outlives the test.
struct Names {
  std::promise<void> release;
  std::shared_future<void> released = release.get_future().share();
  std::atomic<int> asked{0};
};

// `hang*` does not answer before the release; `fail` fails, `throw` throws, `none` is empty.
Resolver scripted_resolver(std::shared_ptr<Names> names) {
  return [names](const std::string& host) -> Result<std::vector<std::string>> {
    ++names->asked;
    if (host.starts_with("hang"))
      names->released.wait();
    if (host == "fail")
      return Error{ErrorCode::io_error, "Name or service not known"};
    if (host == "throw")
      throw std::runtime_error("the resolver is broken");
    if (host == "none")
      return std::vector<std::string>{};
    if (host == "two")
      return std::vector<std::string>{"127.0.0.2", "nonsense", "127.0.0.1"};
    return std::vector<std::string>{"127.0.0.1"};
  };
}

struct Lookups {
  std::shared_ptr<Names> names = std::make_shared<Names>();
  Client client{[this] {
    HttpTransportOptions options;
    options.resolver = scripted_resolver(names);
    return options;
  }()};
  ScriptedServer server{client.io(), {{answer()}}};

  std::string url(const std::string& host) { return "http://" + host + ":" + std::to_string(server.port()) + "/"; }
};

} // namespace

TEST_CASE("A name is looked up, and its answer used again", "[transport]") {
  Lookups test;
  CHECK(test.client.fetch(test.url("one")).status == 200);
  CHECK_THAT(test.server.requests[0], Catch::Contains("Host: one:"));
  test.server.close_connections();
  CHECK(test.client.fetch(test.url("ONE")).status == 200);
  CHECK(test.names->asked == 1);
}

TEST_CASE("Numeric addresses are not looked up", "[transport]") {
  Lookups test;
  CHECK(test.client.fetch(test.url("127.0.0.1")).status == 200);
  CHECK(test.client.fetch(test.url("[::ffff:127.0.0.1]")).status + 1 > 0);
  CHECK(test.names->asked == 0);
}

TEST_CASE("A host that hangs in look-up holds up no other", "[transport]") {
  Lookups test;
  std::optional<Outcome> hanging;
  auto call = test.client.send(Client::post(test.url("hang")), hanging);
  CHECK(test.client.fetch(test.url("one")).status == 200);
  CHECK_FALSE(hanging);
  SECTION("and is delivered when it answers") {
    test.names->release.set_value();
    test.client.run_until([&] { return hanging.has_value(); });
    CHECK(hanging->status == 200);
  }
  SECTION("and does not keep the transport from ending") {
    test.client.transport.reset();
    test.names->release.set_value();
    CHECK_FALSE(hanging);
  }
}

TEST_CASE("More hosts than threads hang without harm", "[transport]") {
  Lookups test;
  std::vector<std::optional<Outcome>> outcomes(40);
  std::vector<std::unique_ptr<Transport::Call>> calls;
  for (std::size_t i = 0; i < outcomes.size(); ++i)
    calls.push_back(test.client.send(Client::post(test.url("hang" + std::to_string(i))), outcomes[i]));
  CHECK(test.client.fetch(test.url("127.0.0.1")).status == 200);
  test.names->release.set_value();
  for (auto& outcome : outcomes)
    test.client.run_until([&] { return outcome.has_value(); });
  CHECK(test.names->asked == 40);
}

TEST_CASE("Calls to one host share one look-up", "[transport]") {
  Lookups test;
  std::vector<std::optional<Outcome>> outcomes(8);
  std::vector<std::unique_ptr<Transport::Call>> calls;
  for (auto& outcome : outcomes)
    calls.push_back(test.client.send(Client::post(test.url("hang")), outcome));
  calls[3].reset();
  test.names->release.set_value();
  test.client.run_until(
      [&] { return std::count_if(outcomes.begin(), outcomes.end(), [](auto& o) { return o.has_value(); }) == 7; });
  CHECK_FALSE(outcomes[3]);
  CHECK(test.names->asked == 1);
}

TEST_CASE("A look-up that takes too long is told as such", "[transport]") {
  Lookups test;
  auto request = Client::post(test.url("hang"));
  request.timeout = 60ms;
  CHECK(test.client.fetch(request).error == "name look-up of hang: no answer within 60 ms");
  test.names->release.set_value();
}

TEST_CASE("A look-up that fails is a failed attempt, and is not asked again at once", "[transport]") {
  Lookups test;
  CHECK(test.client.fetch(test.url("fail")).error == "name look-up of fail failed: Name or service not known");
  CHECK(test.client.fetch(test.url("fail")).status == 0);
  CHECK(test.names->asked == 1);
  CHECK(test.client.fetch(test.url("throw")).error == "name look-up of throw failed: the resolver is broken");
  CHECK(test.client.fetch(test.url("none")).error == "name look-up of none failed: it has no address");
}

TEST_CASE("The addresses of a host are tried in their order", "[transport]") {
  Lookups test;
  CHECK(test.client.fetch(test.url("two")).status == 200);
}

TEST_CASE("The system's resolver knows localhost and refuses what is no name", "[transport]") {
  auto found = system_resolver()("localhost");
  REQUIRE(found);
  CHECK_FALSE(found->empty());
  CHECK_FALSE(system_resolver()("no..name"));
}
