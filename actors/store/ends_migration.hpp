// Until version 6 of the tables the row of a message told how it had ended; since then the log of ends does.
#pragma once

#include "actors/store/database.hpp"

namespace sluice {

/// Writes the log of ends anew, with what the rows of the messages tell.
void complete_ends(Database& database);

} // namespace sluice
