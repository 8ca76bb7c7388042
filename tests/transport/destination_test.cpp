#include <mutex>

#include <catch2/catch.hpp>

#include "tests/transport/client.hpp"
#include "tests/transport/scripted_server.hpp"

using namespace sluice;
using namespace sluice::test;
using namespace std::chrono_literals;

namespace {

// What a name server says at the moment; asked on the threads of the transport.
class NameServer {
public:
  void set(std::vector<std::string> addresses) {
    std::lock_guard lock(mutex_);
    addresses_ = std::move(addresses);
  }

  std::vector<std::string> ask() {
    std::lock_guard lock(mutex_);
    ++asked_;
    return addresses_;
  }

  int asked() {
    std::lock_guard lock(mutex_);
    return asked_;
  }

private:
  std::mutex mutex_;
  std::vector<std::string> addresses_;
  int asked_ = 0;
};

// A server on 127.0.0.1, and a client that may connect to what `allowed` says.
struct Nearby {
  explicit Nearby(std::string allowed = "", bool uses_system = false) {
    HttpTransportOptions options;
    options.allow_destinations = std::move(allowed);
    if (!uses_system)
      options.resolver = [names = names](const std::string&) { return names->ask(); };
    client.emplace(std::move(options));
    server.emplace(client->io(), std::vector<Reply>{{answer()}});
  }

  std::string url(const std::string& host) { return "http://" + host + ":" + std::to_string(server->port()) + "/"; }

  Outcome fetch(const std::string& host) {
    auto request = Client::post(url(host));
    request.timeout = 300ms; // An address that does not answer must not hold up the test.
    return client->fetch(request);
  }

  std::shared_ptr<NameServer> names = std::make_shared<NameServer>();
  std::optional<Client> client;
  std::optional<ScriptedServer> server;
};

} // namespace

TEST_CASE("By default every address may be connected to", "[transport]") {
  CHECK(HttpTransportOptions{}.allow_destinations == "private");
  Nearby test("private");
  test.names->set({"127.0.0.1"});
  CHECK(test.fetch("name").status == 200);
  CHECK(test.fetch("127.0.0.1").status == 200);
}

TEST_CASE("A list of destinations that is not understood opens no transport", "[transport]") {
  EventLoop loop;
  HttpTransportOptions options;
  options.allow_destinations = "10.0.0.1/8";
  auto transport = make_http_transport(loop, options);
  REQUIRE_FALSE(transport);
  CHECK(transport.error().code == ErrorCode::invalid_argument);
}

TEST_CASE("A loopback address in any spelling is refused before connecting", "[transport]") {
  Nearby test("", true);
  auto host =
      GENERATE(as<std::string>{}, "127.0.0.1", "127.1", "127.0.1", "0x7f.1", "2130706433", "0x7f000001", "0177.0.0.1",
               "017700000001", "127.0x1", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::1]", "localhost", "LOCALHOST",
               "0", "0.0.0.0", "[::]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]");
  CAPTURE(host);
  auto outcome = test.fetch(host);
  CHECK(outcome.status == 0);
  CHECK_THAT(outcome.error, Catch::StartsWith("destination address ") && Catch::EndsWith(" is not allowed"));
  test.client->io().poll();
  CHECK(test.server->accepted == 0);
}

TEST_CASE("The address that is refused is named as it was resolved", "[transport]") {
  Nearby test;
  CHECK(test.fetch("127.0.0.1").error == "destination address 127.0.0.1 is not allowed");
  CHECK(test.fetch("[::1]").error == "destination address ::1 is not allowed");
  test.names->set({"169.254.169.254", "10.0.0.1"});
  CHECK(test.fetch("name").error == "destination address 169.254.169.254 is not allowed");
}

TEST_CASE("A name with private addresses only is refused without a connection", "[transport]") {
  Nearby test;
  test.names->set({"127.0.0.1", "::1", "10.0.0.1", "fe80::1%lo", "fd00::1", "::ffff:127.0.0.1", "0.0.0.0"});
  CHECK(test.fetch("name").error == "destination address 127.0.0.1 is not allowed");
  test.client->io().poll();
  CHECK(test.server->accepted == 0);
}

// 127.0.0.2 stands for the public address: it is allowed, and nothing listens there.
TEST_CASE("Of the addresses of a name only those that are allowed are tried", "[transport]") {
  Nearby test("127.0.0.2");
  SECTION("when the refused one is first") { test.names->set({"127.0.0.1", "127.0.0.2"}); }
  SECTION("when the refused one is last") { test.names->set({"127.0.0.2", "127.0.0.1"}); }
  SECTION("when the refused one comes in other forms") {
    test.names->set({"::ffff:127.0.0.1", "127.0.0.2", "::1", "0.0.0.0"});
  }
  CHECK_THAT(test.fetch("name").error, Catch::StartsWith("connect to 127.0.0.2:"));
  test.client->io().poll();
  CHECK(test.server->accepted == 0);
}

TEST_CASE("An allowed address is reached though others of the name are refused", "[transport]") {
  Nearby test("127.0.0.0/30");
  test.names->set({"10.0.0.1", "127.0.0.9", "127.0.0.1", "::1"});
  CHECK(test.fetch("name").status == 200);
  CHECK(test.server->accepted == 1);
}

TEST_CASE("A name that leads elsewhere at the next attempt is judged again", "[transport]") {
  Nearby test("127.0.0.2");
  test.names->set({"127.0.0.2"});
  CHECK_THAT(test.fetch("rebinding").error, Catch::StartsWith("connect to 127.0.0.2:"));
  test.names->set({"127.0.0.1"});
  // The answer may be remembered for a while; another spelling is asked for at once.
  CHECK(test.fetch("rebinding.").error == "destination address 127.0.0.1 is not allowed");
  test.client->io().poll();
  CHECK(test.server->accepted == 0);
  CHECK(test.names->asked() == 2);
}

TEST_CASE("One attempt asks for the addresses of a name once", "[transport]") {
  Nearby test("127.0.0.1");
  test.names->set({"127.0.0.1"});
  CHECK(test.fetch("name").status == 200);
  CHECK(test.names->asked() == 1);
}

TEST_CASE("A connection that is kept was checked, and serves its own origin only", "[transport]") {
  Nearby test("127.0.0.1");
  test.names->set({"127.0.0.1"});
  CHECK(test.fetch("name").status == 200);
  test.names->set({"127.0.0.3"});
  CHECK(test.fetch("name").status == 200);
  CHECK(test.server->accepted == 1);
  CHECK(test.fetch("other").error == "destination address 127.0.0.3 is not allowed");
}
