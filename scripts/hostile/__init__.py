"""What scripts/hostile-http is made of.

client.py           sends exact bytes, reads answers strictly; tls.py does the same inside TLS
case.py             what a case is, how its outcome is judged, and what our server promises of every answer
cases_*.py          the cases by theme: tables where bytes and an outcome say it all, functions where they do not
server.py           starts and ends the server, and looks at its memory and descriptors
report.py           runs the cases and tells what became of them
"""
