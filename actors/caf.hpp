// The one place that knows CAF's versions apart.
//
// Compiled and tested with CAF 0.17.6 (Debian 12). The branches for CAF 1.x follow its
// documentation and are not compiled here.
#pragma once

#include <chrono>
#include <utility>

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>
#include <caf/system_messages.hpp>

#if __has_include(<caf/mailer.hpp>)
#define SLUICE_CAF_1 1
#else
#define SLUICE_CAF_1 0
#endif

#if SLUICE_CAF_1
#include <caf/anon_mail.hpp>
#include <caf/init_global_meta_objects.hpp>
#endif

namespace sluice {

/// Sends `message` to `to`.
template <class To, class Message>
void tell(caf::event_based_actor* self, const To& to, Message&& message) {
#if SLUICE_CAF_1
  self->mail(std::forward<Message>(message)).send(to);
#else
  self->send(to, std::forward<Message>(message));
#endif
}

/// Sends `message` to `to` after `delay`.
template <class Delay, class To, class Message>
void tell_after(caf::event_based_actor* self, Delay delay, const To& to, Message&& message) {
#if SLUICE_CAF_1
  self->mail(std::forward<Message>(message)).delay(delay).send(to);
#else
  self->delayed_send(to, delay, std::forward<Message>(message));
#endif
}

/// Sends from outside of any actor.
template <class To, class Message>
void anon_tell(const To& to, Message&& message) {
#if SLUICE_CAF_1
  caf::anon_mail(std::forward<Message>(message)).send(to);
#else
  caf::anon_send(to, std::forward<Message>(message));
#endif
}

} // namespace sluice

/// Lets a struct be a message inside this process.
#define SLUICE_MESSAGE(type) CAF_ALLOW_UNSAFE_MESSAGE_TYPE(type)
