#include "actors/store/message_codec.hpp"

#include "tests/store/stores.hpp"

using namespace sluice;
using namespace sluice::test;

TEST_CASE("a message's record of before there were schedules and redactions is read as one without", "[store]") {
  RecordWriter out;
  encode(out, *message(1));
  auto record = out.bytes();
  REQUIRE(record.front() == 3);
  record.front() = 2;
  CHECK_FALSE(decode_request(record));
  // That there is no schedule, the flags and the number of names are in front of the last byte.
  record.erase(record.size() - 4, 3);
  auto request = decode_request(record);
  REQUIRE(request);
  CHECK_FALSE(request->schedule);
  CHECK(request->redaction.is_empty());
  CHECK(request->flow_control->key == k);
}
