# Sourced by the scripts beside it: the Python packages of the benchmarks, in the versions that the figures were taken with.
unset OPENBLAS_CORETYPE
venv=.build/bench-venv
if [ ! -x "$venv/bin/python" ] || ! "$venv/bin/python" -c 'import talib, arch, torch, sb3_contrib, jax' 2>/dev/null; then
  python3 -m venv "$venv"
  # The processor-only build where its index can be reached, else the general one.
  "$venv/bin/pip" -q install --retries 0 torch==2.13.0 --index-url https://download.pytorch.org/whl/cpu 2>/dev/null || "$venv/bin/pip" -q install torch==2.13.0
  "$venv/bin/pip" -q install TA-Lib==0.8.2 arch==8.0.0 numpy==2.4.6 stable-baselines3==2.9.2 sb3-contrib==2.9.2 jax==0.10.2
fi
bench=.build/release/assay-bench
value() { awk -v k="$1" '$1 == k { print $2 }'; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'; }
