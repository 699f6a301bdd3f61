"""Operations of TensorFlow graphs: those that only compute, and those that save a model."""

SAVING = frozenset({"SaveV2", "RestoreV2", "MergeV2Checkpoints", "ShardedFilename", "StringJoin"})
COMPUTING = frozenset(
    """
    Abs Add AddN AddV2 All Any ArgMax Assert AssignAddVariableOp AssignSubVariableOp
    AssignVariableOp AvgPool BatchMatMul BatchMatMulV2 BatchMatMulV3 BiasAdd BroadcastArgs
    BroadcastTo Cast Ceil ClipByValue Concat ConcatOffset ConcatV2 Const Conv2D Conv3D Cos
    CropAndResize CudnnRNNBackpropV3 CudnnRNNV3 Cumsum DepthToSpace DepthwiseConv2dNative DivNoNan
    Einsum Elu Equal Erf Exp ExpandDims Expm1 Fill Floor FloorDiv FloorMod FusedBatchNorm
    FusedBatchNormV2 FusedBatchNormV3 Gather GatherNd GatherV2 Greater GreaterEqual Identity
    IdentityN If InvertPermutation L2Loss LeakyRelu Less LessEqual Log Log1p LogSoftmax LogicalAnd
    LogicalNot LogicalOr MatMul Max MaxPool MaxPoolV2 Maximum Mean Min Minimum MirrorPad Mod Mul
    MulNoNan Neg NoOp NotEqual OneHot OnesLike Pack Pad PadV2 PartitionedCall Placeholder Pow
    PreventGradient Prod RandomStandardNormal RandomUniform RandomUniformInt Range Rank
    ReadVariableOp RealDiv Reciprocal Relu Relu6 Reshape ResizeBicubic ResizeBilinear
    ResizeNearestNeighbor ResourceGather ReverseV2 Round Rsqrt Select SelectV2 Selu Shape ShapeN
    Sigmoid Sign Sin Size Slice Softmax Softplus Softsign SpaceToDepth Split SplitV Sqrt Square
    SquaredDifference Squeeze StatefulPartitionedCall StatelessIf StatelessRandomGetKeyCounter
    StatelessRandomUniformV2 StatelessWhile StopGradient StridedSlice Sub Sum Tanh
    TensorListFromTensor TensorListGetItem TensorListLength TensorListReserve TensorListSetItem
    TensorListStack Tile TopKV2 Transpose TruncatedNormal Unpack VarHandleOp VarIsInitializedOp
    Where While Xdivy Xlogy ZerosLike
    """.split()
)
