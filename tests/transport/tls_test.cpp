#include <catch2/catch.hpp>

#include "tests/transport/certificates.hpp"
#include "tests/transport/client.hpp"
#include "tests/transport/scripted_server.hpp"

using namespace sluice;
using namespace sluice::test;
using namespace std::chrono_literals;

namespace {

// A client that trusts an authority of its own, and knows no names but those in loopback.
struct Trust {
  Identity authority = make_authority();
  CertificateFile file{authority};
  Client client{[this] {
    HttpTransportOptions options;
    options.ca_file = file.path();
    options.resolver = [](const std::string&) -> Result<std::vector<std::string>> {
      return std::vector<std::string>{"127.0.0.1"};
    };
    return options;
  }()};
};

std::string at(const std::string& host, const ScriptedServer& server) {
  return "https://" + host + ":" + std::to_string(server.port()) + "/";
}

} // namespace

TEST_CASE("A server with a certificate of a trusted authority is delivered to, again and again", "[transport]") {
  Trust trust;
  auto context = make_server_context(make_identity("DNS:good.test,IP:127.0.0.1", &trust.authority));
  ScriptedServer server(trust.client.io(), {{answer()}}, context.get());
  auto host = GENERATE(as<std::string>{}, "good.test", "GOOD.test.", "127.0.0.1");
  auto outcome = trust.client.fetch(at(host, server));
  CHECK(outcome.error == "");
  CHECK(outcome.status == 200);
  CHECK_THAT(server.requests[0], Catch::Contains("\r\n\r\nhello"));
  for (int i = 0; i < 5; ++i)
    CHECK(trust.client.fetch(at(host, server)).body == "ok");
  CHECK(server.accepted == 1);
}

TEST_CASE("Large bodies pass through TLS whole", "[transport]") {
  Trust trust;
  auto context = make_server_context(make_identity("IP:127.0.0.1", &trust.authority));
  std::string large(900'000, 'x');
  for (std::size_t i = 0; i < large.size(); i += 97)
    large[i] = static_cast<char>(i);
  ScriptedServer server(trust.client.io(), {{answer(large)}}, context.get());
  CHECK(trust.client.fetch(Client::post(server.url(), large)).body == large);
  CHECK(server.requests[0].ends_with("\r\n\r\n" + large));
  CHECK(trust.client.fetch(Client::post(server.url(), large)).body == large);
  CHECK(server.accepted == 1);
}

TEST_CASE("A certificate that is not good for the host is refused before anything is sent", "[transport]") {
  Trust trust;
  auto stranger = make_authority();
  auto [identity, host, reason] = GENERATE_REF(table<std::function<Identity()>, std::string, std::string>({
      {[&] { return make_identity("DNS:other.test", &trust.authority); }, "good.test", "hostname mismatch"},
      {[&] { return make_identity("DNS:good.test", &trust.authority); }, "127.0.0.1", "IP address mismatch"},
      {[&] { return make_identity("DNS:good.test", &trust.authority, 1); }, "good.test", "certificate has expired"},
      {[&] { return make_identity("DNS:good.test", nullptr); }, "good.test", "self-signed certificate"},
      {[&] { return make_identity("DNS:good.test", &stranger); }, "good.test",
       "certificate signature failure"}, // Of the same name as ours, but with another key.
  }));
  auto context = make_server_context(identity());
  ScriptedServer server(trust.client.io(), {{answer()}}, context.get());
  auto outcome = trust.client.fetch(at(host, server));
  CHECK(outcome.status == 0);
  CHECK_THAT(outcome.error, Catch::EndsWith("TLS: certificate verify failed (" + reason + ")"));
  CHECK(server.requests.empty());
}

TEST_CASE("An old version of TLS is refused", "[transport]") {
  Trust trust;
  auto context = make_server_context(make_identity("DNS:good.test", &trust.authority));
  SSL_CTX_set_security_level(context->native_handle(), 0);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_VERSION);
  SSL_CTX_set_max_proto_version(context->native_handle(), TLS1_1_VERSION);
  ScriptedServer server(trust.client.io(), {{answer()}}, context.get());
  auto outcome = trust.client.fetch(at("good.test", server));
  CHECK(outcome.status == 0);
  CHECK_THAT(outcome.error, Catch::Contains("TLS: "));
}

TEST_CASE("TLS 1.2 is spoken", "[transport]") {
  Trust trust;
  auto context = make_server_context(make_identity("DNS:good.test", &trust.authority));
  SSL_CTX_set_max_proto_version(context->native_handle(), TLS1_2_VERSION);
  ScriptedServer server(trust.client.io(), {{answer()}}, context.get());
  CHECK(trust.client.fetch(at("good.test", server)).status == 200);
  CHECK(trust.client.fetch(at("good.test", server)).status == 200);
  CHECK(server.accepted == 1);
}

TEST_CASE("A server that speaks no TLS is never spoken to in plain text", "[transport]") {
  Trust trust;
  SECTION("one that answers anything") {
    ScriptedServer server(trust.client.io(), {{answer()}});
    server.reply_before_reading();
    auto outcome = trust.client.fetch(at("good.test", server));
    CHECK_THAT(outcome.error, Catch::Contains("TLS: wrong version number"));
  }
  SECTION("one that closes") {
    ScriptedServer server(trust.client.io(), {{"", After::close}});
    server.reply_before_reading();
    CHECK(trust.client.fetch(at("good.test", server)).status == 0);
  }
  SECTION("one that waits for a request") {
    ScriptedServer server(trust.client.io(), {{answer()}});
    auto request = Client::post(at("good.test", server));
    request.timeout = 80ms;
    auto outcome = trust.client.fetch(request);
    CHECK_THAT(outcome.error, Catch::StartsWith("connect to 127.0.0.1:") && Catch::EndsWith("no answer within 80 ms"));
    CHECK(server.requests.empty());
  }
}

TEST_CASE("A body that lasts to the end of a TLS connection must be ended by TLS", "[transport]") {
  Trust trust;
  auto context = make_server_context(make_identity("DNS:good.test", &trust.authority));
  SECTION("ended") {
    ScriptedServer server(trust.client.io(), {{"HTTP/1.1 200 OK\r\n\r\nwhole", After::close}}, context.get());
    CHECK(trust.client.fetch(at("good.test", server)).body == "whole");
  }
  SECTION("cut") {
    ScriptedServer server(trust.client.io(), {{"HTTP/1.1 200 OK\r\n\r\nhalf", After::reset}}, context.get());
    CHECK(trust.client.fetch(at("good.test", server)).status == 0);
  }
}

TEST_CASE("An unasked answer over TLS is never taken for the next one", "[transport]") {
  Trust trust;
  auto context = make_server_context(make_identity("IP:127.0.0.1", &trust.authority));
  ScriptedServer server(trust.client.io(), {{answer("first")}, {answer("second")}}, context.get());
  CHECK(trust.client.fetch(server.url()).body == "first");
  server.send_unasked(answer("unasked"));
  SECTION("noticed") {
    trust.client.run_until([&] { return server.closed_by_client == 1; });
  }
  SECTION("not noticed") {}
  CHECK(trust.client.fetch(server.url()).body == "second");
  CHECK(server.accepted == 2);
}

TEST_CASE("A file without certificates is an error of the transport", "[transport]") {
  EventLoop loop;
  auto made = make_http_transport(loop, [] {
    HttpTransportOptions options;
    options.ca_file = "/does/not/exist.pem";
    return options;
  }());
  REQUIRE_FALSE(made);
  CHECK(made.error().code == ErrorCode::io_error);
}
