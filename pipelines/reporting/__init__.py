"""What the reports have in common: records, runs, pictures by gnuplot, pages in HTML."""
