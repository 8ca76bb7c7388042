// The time zones of the IANA database, as the operating system's package `tzdata` has them.
#pragma once

#include <string>

#include "actors/core/time_zone.hpp"
#include "sluice/result.hpp"

namespace sluice {

/// The zone with this name, such as `Europe/Berlin`; upper and lower case differ.
///
/// Reads /usr/share/zoneinfo: the list of names once in the life of the process, a zone when
/// it is first asked for. Names are looked up in that list and never used as paths. Nothing
/// is written and no network is used. An updated `tzdata` is seen after a restart. Rules end
/// with the year 2037, as the files' tables do: from then on standard time holds.
///
/// `UTC` needs no database. Error: `invalid_argument` on `Upstash-Cron`, which names the zone,
/// or says why the database cannot be read. Safe to call, and the zone to use, from any thread.
Result<core::TimeZone> time_zone(const std::string& name);

} // namespace sluice
