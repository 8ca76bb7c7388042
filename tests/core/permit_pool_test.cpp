#include "actors/core/permit_pool.hpp"

#include <map>

#include <catch2/catch.hpp>

using namespace sluice::core;

TEST_CASE("PermitPool hands out as many permits as it has", "[permits]") {
  PermitPool pool(2);
  CHECK(pool.try_take());
  CHECK(pool.try_take());
  CHECK_FALSE(pool.try_take());
  CHECK(pool.taken() == 2);
  pool.on_released(1);
  CHECK(pool.try_take());
}

TEST_CASE("PermitPool lets nobody overtake a key that waits", "[permits]") {
  PermitPool pool(1);
  CHECK(pool.try_take());
  pool.on_wanted(7, 1);
  pool.on_released(1);
  CHECK_FALSE(pool.try_take());
  auto grant = pool.poll_grant();
  REQUIRE(grant);
  CHECK(grant->key == 7);
  CHECK_FALSE(pool.poll_grant());
}

TEST_CASE("PermitPool serves waiting keys round robin, however much one wants", "[permits]") {
  PermitPool pool(1);
  pool.try_take();
  pool.on_wanted(1, 1000);
  pool.on_wanted(2, 3);
  pool.on_wanted(3, 3);
  std::map<KeyNumber, int> served;
  for (int i = 0; i < 9; ++i) {
    pool.on_released(1);
    auto grant = pool.poll_grant();
    REQUIRE(grant);
    CHECK(grant->permits == 1);
    ++served[grant->key];
  }
  CHECK(served[1] == 3);
  CHECK(served[2] == 3);
  CHECK(served[3] == 3);
}

TEST_CASE("PermitPool shares many free permits evenly between the keys that wait", "[permits]") {
  PermitPool pool(100);
  pool.on_wanted(1, 1000);
  pool.on_wanted(2, 1000);
  std::map<KeyNumber, std::size_t> served;
  while (auto grant = pool.poll_grant())
    served[grant->key] += grant->permits;
  CHECK(served[1] + served[2] == 100);
  CHECK(served[1] >= 48);
  CHECK(served[2] >= 48);
}

TEST_CASE("PermitPool forgets a key that is gone, and takes it back in once", "[permits]") {
  PermitPool pool(1);
  pool.try_take();
  pool.on_wanted(1, 5);
  pool.forget(1);
  pool.on_released(1);
  CHECK_FALSE(pool.poll_grant());
  CHECK(pool.try_take());
  pool.on_wanted(1, 1);
  pool.on_released(1);
  CHECK(pool.poll_grant()->key == 1);
  CHECK_FALSE(pool.poll_grant());
}
