"""Imports tables and queries of an ODBC data source into a Calc sheet, as a user drags them there.

    sheet.py FOLDER DSN IMPORTS OUT

FOLDER takes the office's profile. IMPORTS is JSON, {"table": [name, …], "query": [SQL, …]}; OUT gets
JSON, a list for each import, of rows of cells [kind, shown, value, is a date]. The office has to know
python: this needs python3-uno of the same machine.
"""
import json
import os
import subprocess
import sys
import time

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException

DATE = 2  # com.sun.star.util.NumberFormat.DATE
SECONDS = 120


def prop(name, value):
    made = PropertyValue()
    made.Name, made.Value = name, value
    return made


def office(folder, pipe):
    return subprocess.Popen(
        ["soffice", "--headless", "--norestore", "--nologo",
         "-env:UserInstallation=file://%s/profile" % folder,
         "--accept=pipe,name=%s;urp;" % pipe],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def context(pipe):
    """The office's, once it answers."""
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext(
        "com.sun.star.bridge.UnoUrlResolver", local)
    for _ in range(SECONDS * 2):
        try:
            return resolver.resolve("uno:pipe,name=%s;urp;StarOffice.ComponentContext" % pipe)
        except NoConnectException:
            time.sleep(0.5)
    raise SystemExit("sheet.py: the office does not answer")


class Office:
    def __init__(self, there, folder, dsn):
        self.context, self.services = there, there.ServiceManager
        sources = self.make("com.sun.star.sdb.DatabaseContext")
        source = sources.createInstance()
        source.URL = "sdbc:odbc:" + dsn
        address = "file://%s/billing.odb" % folder
        source.DatabaseDocument.storeAsURL(address, ())
        sources.registerObject("Billing", sources.getByName(address))
        self.source = sources.getByName("Billing")
        self.desktop = self.make("com.sun.star.frame.Desktop")

    def make(self, service):
        return self.services.createInstanceWithContext(service, self.context)

    def query(self, sql):
        """The name of a query that says this."""
        made = self.make("com.sun.star.sdb.QueryDefinition")
        made.Command, made.EscapeProcessing = sql, False
        name = "query %d" % len(self.source.QueryDefinitions.ElementNames)
        self.source.QueryDefinitions.insertByName(name, made)
        return name

    def imported(self, kind, name):
        """The cells of a new sheet into which it was imported."""
        book = self.desktop.loadComponentFromURL("private:factory/scalc", "_blank", 0,
                                                 (prop("Hidden", True),))
        sheet = book.Sheets.getByIndex(0)
        sheet.getCellRangeByName("A1").doImport((
            prop("DatabaseName", "Billing"), prop("SourceObject", name),
            prop("SourceType", uno.Enum("com.sun.star.sheet.DataImportMode", kind))))
        end = sheet.createCursor()
        end.gotoEndOfUsedArea(False)
        area = end.RangeAddress
        cells = [[self.cell(book, sheet.getCellByPosition(column, row))
                  for column in range(area.EndColumn + 1)] for row in range(area.EndRow + 1)]
        book.close(True)
        return cells

    @staticmethod
    def cell(book, cell):
        form = book.NumberFormats.getByKey(cell.NumberFormat)
        return cell.Type.value, cell.String, cell.Value, bool(form.Type & DATE)


def main(folder, dsn, imports, out):
    pipe = "billing%d" % os.getpid()
    process = office(folder, pipe)
    try:
        there = Office(context(pipe), folder, dsn)
        wanted = json.loads(imports)
        found = [there.imported("TABLE", name) for name in wanted.get("table", ())]
        found += [there.imported("QUERY", there.query(sql)) for sql in wanted.get("query", ())]
        with open(out, "w", encoding="utf-8") as file:
            json.dump(found, file)
    finally:
        subprocess.run(["pkill", "-f", pipe], check=False)
        process.wait()


main(*sys.argv[1:])
