@echo off
rem Runs a target of build.cake (the targets: its head): build.cmd [TARGET] [ARGUMENTS OF CAKE]
setlocal
cd /d "%~dp0"
set DOTNET_NOLOGO=1
set DOTNET_CLI_TELEMETRY_OPTOUT=1
set DOTNET_CLI_USE_MSBUILD_SERVER=0
set MSBUILDDISABLENODEREUSE=1

dotnet --version >nul 2>&1
if errorlevel 1 (
    echo build.cmd: the .NET 10 SDK is missing; install it: https://dot.net/download 1>&2
    exit /b 2
)

set TARGET=%~1
if "%TARGET%"=="" set TARGET=Build
set SUMMARY=artifacts\tests\summary.txt
if exist %SUMMARY% del %SUMMARY%
dotnet tool restore >nul
if errorlevel 1 exit /b 1
dotnet dotnet-cake build.cake --target=%TARGET% --verbosity=minimal %2 %3 %4 %5 %6 %7 %8 %9
set CODE=%ERRORLEVEL%
if exist %SUMMARY% type %SUMMARY%
exit /b %CODE%
