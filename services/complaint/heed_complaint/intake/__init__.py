"""How complaints arrive: web form, email, acceptance, help articles, status links."""
