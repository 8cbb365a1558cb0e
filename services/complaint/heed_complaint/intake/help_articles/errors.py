from heed_common.errors import NotFound


class ArticleNotFound(NotFound):
    code, title = "article_not_found", "There is no such article."
