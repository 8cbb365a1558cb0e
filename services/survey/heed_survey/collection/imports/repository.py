"""SQL of imports of responses."""

from heed_common.imports.repository import ImportTables
from heed_survey.collection.imports.tables import ResponseImport, ResponseImportChunk, ResponseImportProblem

TABLES = ImportTables(ResponseImport, ResponseImportChunk, ResponseImportProblem)
