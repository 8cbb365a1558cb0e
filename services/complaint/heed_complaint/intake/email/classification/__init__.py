"""Classification of mails that no person wrote: automatic replies, bounces, bulk, own messages. Pure."""
