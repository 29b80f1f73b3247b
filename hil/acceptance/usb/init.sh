#!/bin/busybox sh
# The first and only program of the virtual machine: makes a USB controller and runs what its second
# serial port says, a line at a time.
/bin/busybox --install -s /bin
export PATH=/bin HOME=/root
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mkdir /dev/pts
mount -t devpts devpts /dev/pts
mount -t tmpfs tmp /tmp
depmod
for module in configfs libcomposite dummy_hcd usb_f_acm cdc_acm ftdi_sio xhci_pci virtio_pci virtio_console; do
  modprobe "$module" || echo "no module $module"
done
mount -t configfs config /sys/kernel/config
ip link set lo up
exec 3<>/dev/ttyS1
stty -F /dev/ttyS1 raw -echo
echo "ready" >&3
while IFS= read -r line <&3; do
  eval "$line" >/tmp/out 2>/tmp/err </dev/null
  code=$?
  # One line for one answer: text in base64 has no lines of its own.
  echo "$code $(base64 -w 0 /tmp/out) $(base64 -w 0 /tmp/err)" >&3
done
poweroff -f
