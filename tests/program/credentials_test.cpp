#include "http/program/credentials.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "http/program/private_file.hpp"
#include "http/program/published.hpp"

using namespace sluice;
using namespace sluice::program;

namespace {

/// A directory of its own for each test.
class Directory {
public:
  Directory() { REQUIRE(::mkdtemp(path_.data())); }
  ~Directory() { std::filesystem::remove_all(path_); }

  const std::string& path() const { return path_; }
  std::string file() const { return path_ + "/credentials.env"; }
  std::string text() const {
    std::ostringstream text;
    text << std::ifstream(file()).rdbuf();
    return text.str();
  }
  void write(const std::string& text, mode_t mode = 0600) const {
    std::ofstream(file()) << text;
    REQUIRE(::chmod(file().c_str(), mode) == 0);
  }
  std::size_t count() const {
    auto entries = std::filesystem::directory_iterator(path_);
    return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
  }

private:
  std::string path_ = std::filesystem::temp_directory_path() / "sluice-credentials-XXXXXX";
};

CredentialFile open(const Directory& directory, const std::string& token = "") {
  auto file = CredentialFile::open(directory.path(), token);
  REQUIRE(file);
  return *std::move(file);
}

Error refusal(const Directory& directory, const std::string& token = "") {
  auto file = CredentialFile::open(directory.path(), token);
  REQUIRE_FALSE(file);
  return file.error();
}

void keep(CredentialFile& file) { REQUIRE(file.keep(file.credentials().signing_keys)); }

} // namespace

TEST_CASE("Credentials are made once and found again", "[program]") {
  Directory directory;
  auto first = open(directory);
  CHECK(first.is_first());
  CHECK(first.has_new());
  CHECK(directory.count() == 0);
  keep(first);
  CHECK(directory.count() == 1);
  struct stat status {};
  REQUIRE(::stat(directory.file().c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0600);

  auto made = first.credentials();
  CHECK(made.token.starts_with("slu_"));
  CHECK(made.token.size() == 36);
  CHECK(made.read_only_token.starts_with("slu_ro_"));
  CHECK(made.signing_keys.current.starts_with("sig_"));
  CHECK(directory.text() == "QSTASH_TOKEN=" + made.token + "\nQSTASH_READONLY_TOKEN=" + made.read_only_token +
                                "\nQSTASH_CURRENT_SIGNING_KEY=" + made.signing_keys.current +
                                "\nQSTASH_NEXT_SIGNING_KEY=" + made.signing_keys.next + "\n");

  auto second = open(directory);
  CHECK_FALSE(second.is_first());
  CHECK_FALSE(second.has_new());
  CHECK(second.credentials().token == made.token);
  CHECK(second.credentials().read_only_token == made.read_only_token);
  CHECK(second.credentials().signing_keys.current == made.signing_keys.current);
  CHECK(second.credentials().signing_keys.next == made.signing_keys.next);
  CHECK(open(Directory{}).credentials().token != made.token);
}

TEST_CASE("The credentials file follows the signing keys and keeps the rest of it", "[program]") {
  Directory directory;
  directory.write("# mine\nexport QSTASH_TOKEN='a'\nQSTASH_CURRENT_SIGNING_KEY=\"sig_b\"\nOTHER=1\n");
  auto file = open(directory);
  CHECK_FALSE(file.is_first());
  CHECK(file.has_new());
  CHECK(file.credentials().token == "a");
  CHECK(file.credentials().signing_keys.current == "sig_b");
  REQUIRE(file.keep({"sig_c", "it's"}));
  CHECK(directory.text() == "# mine\nexport QSTASH_TOKEN='a'\nQSTASH_CURRENT_SIGNING_KEY=sig_c\nOTHER=1\n"
                            "QSTASH_READONLY_TOKEN=" +
                                file.credentials().read_only_token + "\nQSTASH_NEXT_SIGNING_KEY='it'\\''s'\n");
}

TEST_CASE("A given token counts and is not kept", "[program]") {
  Directory directory;
  auto file = open(directory, "given");
  CHECK(file.credentials().token == "given");
  CHECK_FALSE(file.hides_token());
  keep(file);
  CHECK(directory.text().find("QSTASH_TOKEN") == std::string::npos);
  CHECK(directory.text().find("given") == std::string::npos);

  auto without = open(directory);
  CHECK(without.has_new());
  CHECK(without.credentials().token.starts_with("slu_"));
  keep(without);
  CHECK(open(directory, "given").hides_token());
  CHECK_FALSE(open(directory, without.credentials().token).hides_token());
  CHECK(open(directory).credentials().token == without.credentials().token);
}

TEST_CASE("Published credentials are refused", "[program]") {
  Directory directory;
  for (const auto& user : published_users) {
    CHECK(refusal(directory, std::string(user.token)).code == ErrorCode::invalid_argument);
    for (auto line : {"QSTASH_TOKEN=" + std::string(user.token), "QSTASH_READONLY_TOKEN=" + std::string(user.token),
                      "QSTASH_CURRENT_SIGNING_KEY=" + std::string(user.current_key),
                      "QSTASH_NEXT_SIGNING_KEY='" + std::string(user.next_key) + "'"}) {
      CAPTURE(line);
      directory.write(line + "\n");
      CHECK(refusal(directory).message.find("published") != std::string::npos);
    }
  }
  directory.write("");
  auto file = open(directory);
  CHECK(file.keep({std::string(dev_user.current_key), "sig_x"}).error().code == ErrorCode::invalid_argument);
}

TEST_CASE("A read-only token that is also the token is refused", "[program]") {
  Directory directory;
  directory.write("QSTASH_READONLY_TOKEN=same\n");
  CHECK(refusal(directory, "same").code == ErrorCode::invalid_argument);
}

TEST_CASE("A credentials file that others may read or write is refused and left alone", "[program]") {
  Directory directory;
  for (mode_t mode : {0640u, 0604u, 0620u, 0602u, 0644u, 0601u}) {
    directory.write("QSTASH_TOKEN=a\n", mode);
    auto error = refusal(directory);
    CHECK(error.code == ErrorCode::invalid_argument);
    CHECK(error.message.find("chmod 600 " + directory.file()) != std::string::npos);
  }
  CHECK(directory.text() == "QSTASH_TOKEN=a\n");
  for (mode_t mode : {0600u, 0400u}) {
    directory.write("QSTASH_TOKEN=a\n", mode);
    CHECK(open(directory).credentials().token == "a");
    REQUIRE(::chmod(directory.file().c_str(), 0600) == 0);
  }
}

TEST_CASE("A credentials file that came after the start is not overwritten", "[program]") {
  Directory directory;
  auto file = open(directory);
  directory.write("QSTASH_TOKEN=a\n");
  auto kept = file.keep(file.credentials().signing_keys);
  REQUIRE_FALSE(kept);
  CHECK(kept.error().code == ErrorCode::io_error);
  CHECK(directory.text() == "QSTASH_TOKEN=a\n");
  CHECK(directory.count() == 1);
}

TEST_CASE("Signing keys that could not be kept are kept at the next occasion", "[program]") {
  Directory directory;
  auto file = open(directory);
  keep(file);
  std::filesystem::create_directory(directory.file() + ".new");
  REQUIRE_FALSE(file.keep({"sig_1", "sig_2"}));
  std::filesystem::remove(directory.file() + ".new");
  REQUIRE(file.keep({"sig_1", "sig_2"}));
  CHECK(open(directory).credentials().signing_keys.current == "sig_1");
}

TEST_CASE("A data directory is made for its owner alone, and an existing one is kept", "[program]") {
  Directory directory;
  auto made = directory.path() + "/above/data";
  REQUIRE(make_private_directory(made));
  struct stat status {};
  REQUIRE(::stat(made.c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0700);
  REQUIRE(make_private_directory(made));
  directory.write("");
  CHECK(make_private_directory(directory.file()).error().code == ErrorCode::io_error);
  CHECK(make_private_directory(directory.file() + "/data").error().code == ErrorCode::io_error);
}
