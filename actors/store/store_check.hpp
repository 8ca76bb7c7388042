// Whether the tables of a durable store are whole.
#pragma once

#include <string>
#include <vector>

#include "actors/store/database.hpp"

namespace sluice {

/// One sentence for each thing that is wrong; at most some dozens. What cannot be read at all is a
/// failure of the connection.
std::vector<std::string> find_damage(Database& database);

} // namespace sluice
