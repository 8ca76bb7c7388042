#include "http/program/serve_reader.hpp"

#include "actors/core/text.hpp"

namespace sluice::program {

namespace {

Error refused(const ServeOption& option, const std::string& source, std::string_view text) {
  auto value = option.name == "token" ? std::string("the token") : core::quoted(text);
  return invalid(source, source + ": " + value + " is not accepted; it must be " + std::string(option.accepted));
}

bool is_address(const ServeOption& option) { return option.name == "port" || option.name == "listen"; }

// Both say where to listen.
Result<void> check_one_address(const std::vector<std::string>& sources) {
  if (sources.size() > 1)
    return invalid(sources[1], sources[0] + " and " + sources[1] + " exclude each other");
  return {};
}

class Reader {
public:
  explicit Reader(const GivenOptions& given) : given_(given) {
    for (std::size_t i = 0; i < serve_options().size(); ++i)
      has_address_ = has_address_ || (is_address(serve_options()[i]) && given[i]);
  }

  Result<void> read(std::size_t index, const Environment& environment) {
    const auto& option = serve_options()[index];
    if (given_[index])
      return set(option, "--" + std::string(option.name), *given_[index]);
    // An address of the command line beats that of the environment however it is written.
    if (is_address(option) && has_address_)
      return {};
    auto value = environment(variable_of(option));
    return value.empty() ? Result<void>{} : set(option, variable_of(option), value);
  }

  Result<ServeArguments> result() const {
    auto checked = check_one_address(addresses_);
    return checked ? Result<ServeArguments>(arguments_) : checked.error();
  }

private:
  Result<void> set(const ServeOption& option, const std::string& source, std::string_view text) {
    if (!option.set(arguments_, text))
      return refused(option, source, text);
    if (is_address(option))
      addresses_.push_back(source);
    return {};
  }

  const GivenOptions& given_;
  bool has_address_ = false;
  std::vector<std::string> addresses_;
  ServeArguments arguments_;
};

} // namespace

Result<ServeArguments> read_serve_arguments(const GivenOptions& given, const Environment& environment) {
  Reader reader(given);
  for (std::size_t index = 0; index < serve_options().size(); ++index)
    if (auto read = reader.read(index, environment); !read)
      return read.error();
  return reader.result();
}

Result<LimitArguments> read_limit_arguments(const GivenOptions& given, const Environment& environment) {
  Reader reader(given);
  for (std::size_t index = 0; index < serve_options().size(); ++index)
    if (serve_options()[index].is_limit)
      if (auto read = reader.read(index, environment); !read)
        return read.error();
  auto arguments = reader.result();
  return arguments ? Result<LimitArguments>(*arguments) : arguments.error();
}

} // namespace sluice::program
