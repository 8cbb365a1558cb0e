"""Which mails no person wrote: automatic replies, bounces, bulk and our own. Pure."""
