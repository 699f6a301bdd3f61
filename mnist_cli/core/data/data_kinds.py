"""Which kinds of data sets are opened, by their names; help reads it, so nothing is imported."""

TABLES, ARRAYS = (".csv", ".tsv"), (".mat", ".h5", ".hdf5")
PARQUET = ".parquet"
PICKLES = (".pkl", ".pickle", ".pkl.gz", ".pickle.gz")

KINDS = (
    "mnist, an .npz, .csv, .parquet, .mat or .h5 file, or a folder of IDX, .npy, .parquet or .csv"
    " files, or of pictures in 0/ to 9/"
)
