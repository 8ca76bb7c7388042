#include "actors/store/record_codec.hpp"

#include "tests/store/stores.hpp"

using namespace sluice;
using namespace sluice::test;

TEST_CASE("a message's record of before there were redactions is read as one without", "[store]") {
  RecordWriter out;
  encode(out, *message(1));
  auto record = out.bytes();
  REQUIRE(record.front() == 3);
  record.front() = 2;
  CHECK_FALSE(decode_request(record));
  // Its flags and its number of names are in front of the last byte.
  record.erase(record.size() - 3, 2);
  auto request = decode_request(record);
  REQUIRE(request);
  CHECK(request->redaction.is_empty());
  CHECK(request->flow_control->key == k);
}
