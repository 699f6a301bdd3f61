"""What training does to images: distortion, degradations, drawn variants, outliers."""
