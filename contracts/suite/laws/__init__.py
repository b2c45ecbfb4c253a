"""Laws: checks that hold for whatever is asked, tried with generated examples."""
